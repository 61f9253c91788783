// The one visual language of desktop and XR: colours, type and the clinical colour meanings.

export const colours = {
  background: "#0a0f14",
  backgroundRaised: "#0f161d",
  panel: "#111a22",
  panelRaised: "#18232d",
  line: "#22303c",
  lineStrong: "#33475a",
  text: "#e8eef3",
  textSoft: "#a3b4c2",
  textFaint: "#8296a6",
  accent: "#6fd6ff",
  accentStrong: "#2ba8e0",
  accentInk: "#04222f",
  remnant: "#58b6d8",
  /** Remains and does not work. */
  remnantDim: "#2f5a6c",
  resected: "#e08a5b",
  good: "#62c99a",
  caution: "#f0b64a",
  danger: "#ff6b5e",
  mark: "#ffe45c",
} as const;

/** Below 1 mm a margin is usually counted R1; 10 mm is the common planning aim (wjso 12:127). */
export const MARGIN_R1_MM = 1;
export const MARGIN_AIM_MM = 10;

export type MarginLevel = "crossed" | "tight" | "near" | "clear" | "unknown";

/** Null where nothing is cut. */
export function marginLevel(minimumMm: number | null, status: "resected" | "remnant" | "crossed"): MarginLevel {
  if (minimumMm === null) return "unknown";
  if (status === "crossed") return "crossed";
  if (minimumMm < MARGIN_R1_MM) return "tight";
  return minimumMm < MARGIN_AIM_MM ? "near" : "clear";
}

/** Colour is never the only cue: each level has a sign of its own too. */
export const marginLooks: Readonly<Record<MarginLevel, { colour: string; sign: string; label: string }>> = {
  crossed: { colour: colours.danger, sign: "✕", label: "cut through" },
  tight: { colour: colours.danger, sign: "!", label: "under 1 mm" },
  near: { colour: colours.caution, sign: "▲", label: "under 10 mm" },
  clear: { colour: colours.good, sign: "✓", label: "10 mm or more" },
  unknown: { colour: colours.textFaint, sign: "–", label: "no cut" },
};

/** Bands on the cut, from the tumour outwards. */
export const bandColours = {
  tumour: "#f2c530",
  under1: "#ff5a4d",
  under5: "#ff9445",
  under10: "#f5d76a",
} as const;

/** Liver that remains and does not work; each has a pattern of its own too. */
export const lossColours = {
  /** Stripes. */
  supply: "#9aa7c7",
  /** Dots. */
  drainage: "#7a4bb0",
} as const;

export const FONT_FAMILY = "Inter, system-ui, sans-serif";

/** Makes the tokens CSS variables; set through the object model, which a strict CSP allows. */
export function publishTokens(root: HTMLElement): void {
  const losses = { lossSupply: lossColours.supply, lossDrainage: lossColours.drainage };
  for (const [name, value] of Object.entries({ ...colours, ...losses })) {
    root.style.setProperty(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, value);
  }
}
