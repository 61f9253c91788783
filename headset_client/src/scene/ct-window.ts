// Grey levels of the CT, Hounsfield units. What arrives is -160 to 240 HU (width 400, level 40), so no window is wider.

export interface CtWindow {
  readonly low: number;
  readonly high: number;
}

export const CT_REACH_HU: CtWindow = { low: -160, high: 240 };

/** In portal-venous contrast: liver about 110 HU, its veins 150 to 200, most metastases 40 to 90. */
export const CT_WINDOWS = {
  /** Wide enough for vessels in contrast, narrow enough for lesions. */
  planning: { low: -40, high: 220 },
  abdomen: CT_REACH_HU,
  liver: { low: 15, high: 185 },
  vessels: { low: 80, high: 240 },
} as const satisfies Readonly<Record<string, CtWindow>>;

export type CtWindowName = keyof typeof CT_WINDOWS;

const LEAST_WIDTH_HU = 20;

/** By level and width, within what the samples hold. */
export function windowOf(level: number, width: number): CtWindow {
  const wide = Math.min(CT_REACH_HU.high - CT_REACH_HU.low, Math.max(LEAST_WIDTH_HU, width));
  const middle = Math.min(CT_REACH_HU.high - wide / 2, Math.max(CT_REACH_HU.low + wide / 2, level));
  return { low: middle - wide / 2, high: middle + wide / 2 };
}

export function nameOf({ low, high }: CtWindow): CtWindowName | null {
  const names = Object.keys(CT_WINDOWS) as CtWindowName[];
  return names.find((name) => CT_WINDOWS[name].low === low && CT_WINDOWS[name].high === high) ?? null;
}
