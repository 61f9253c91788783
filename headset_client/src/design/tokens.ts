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

/** The same meanings on paper: for bright rooms. In a headset and on the model the dark ones stay. */
const paperColours: Readonly<Record<keyof typeof colours, string>> = {
  background: "#e3e9ee",
  backgroundRaised: "#f4f7f9",
  panel: "#fbfcfd",
  panelRaised: "#eef3f6",
  line: "#d3dce3",
  lineStrong: "#9fb0bd",
  text: "#101a22",
  textSoft: "#40525f",
  textFaint: "#5a6c79",
  accent: "#0b6c9c",
  accentStrong: "#0b79ae",
  accentInk: "#ffffff",
  remnant: "#1f7fa6",
  remnantDim: "#9cc3d3",
  resected: "#a9501d",
  good: "#167a4c",
  caution: "#8a5a00",
  danger: "#b3261e",
  mark: "#8a6d00",
};

export type MarginLevel = "crossed" | "tight" | "near" | "clear" | "unknown";

/** Null where nothing is cut. */
export function marginLevel(minimumMm: number | null, status: "resected" | "remnant" | "crossed"): MarginLevel {
  if (minimumMm === null) return "unknown";
  if (status === "crossed") return "crossed";
  if (minimumMm < MARGIN_R1_MM) return "tight";
  return minimumMm < MARGIN_AIM_MM ? "near" : "clear";
}

/** Colour is never the only cue: each level has a sign of its own too. `tone` is the page's, which has two looks. */
export const marginLooks: Readonly<Record<MarginLevel, { colour: string; tone: string; sign: string }>> = {
  crossed: { colour: colours.danger, tone: "var(--danger)", sign: "×" },
  tight: { colour: colours.danger, tone: "var(--danger)", sign: "!" },
  near: { colour: colours.caution, tone: "var(--caution)", sign: "▲" },
  clear: { colour: colours.good, tone: "var(--good)", sign: "✓" },
  unknown: { colour: colours.textFaint, tone: "var(--text-faint)", sign: "–" },
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
export function publishTokens(root: HTMLElement, look: "dark" | "light" = "dark"): void {
  const losses = { lossSupply: lossColours.supply, lossDrainage: lossColours.drainage };
  for (const [name, value] of Object.entries({ ...(look === "light" ? paperColours : colours), ...losses })) {
    root.style.setProperty(`--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`, value);
  }
  root.dataset.look = look;
}
