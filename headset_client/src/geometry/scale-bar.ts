// A scale bar that is right at the focus distance of a perspective view.

export interface ScaleBar {
  readonly lengthMm: number;
  readonly widthPixels: number;
}

const STEPS = [1, 2, 5] as const;

/** Pixels per patient millimetre at `distance` (metres in the scene) from a perspective camera. */
export function pixelsPerMm(
  viewportHeight: number,
  verticalFovDegrees: number,
  distance: number,
  metresPerMm: number,
): number {
  const visibleHeight = 2 * distance * Math.tan((verticalFovDegrees * Math.PI) / 360);
  return (viewportHeight / visibleHeight) * metresPerMm;
}

/** The longest bar of 1, 2 or 5 times a power of ten millimetres that fits into `maxPixels`. */
export function scaleBar(pixelsPerMillimetre: number, maxPixels: number): ScaleBar {
  const longest = maxPixels / pixelsPerMillimetre;
  const decade = 10 ** Math.floor(Math.log10(longest));
  let lengthMm = decade;
  for (const step of STEPS) if (step * decade <= longest) lengthMm = step * decade;
  return { lengthMm, widthPixels: lengthMm * pixelsPerMillimetre };
}

/** "50 mm" or "0.5 mm"; centimetres are left out so that every length on screen has one unit. */
export function scaleBarLabel(lengthMm: number): string {
  return `${Number(lengthMm.toPrecision(3))} mm`;
}
