// What a measurement is called and what it comes to, for labels, lists and boards.
import type { MeasuredValue, MeasurementState, SceneManifest } from "../protocol";
import { anatomical, formatMm, formatNumber, strings } from "../strings";

export function noteTitle(measurement: MeasurementState, scene: SceneManifest | null): string {
  const { kinds } = strings.measuring;
  if (measurement.kind !== "tumour") return kinds[measurement.kind];
  const title = scene?.structures.find((one) => one.name === measurement.tumour)?.title;
  return title ? `${kinds.tumour}: ${anatomical(title)}` : kinds.tumour;
}

export function formatMeasured(value: number, unit: MeasuredValue["unit"]): string {
  switch (unit) {
    case "mm":
      return formatMm(value);
    case "degrees":
      return `${formatNumber(value, 1)}°`;
    case "cm2":
      return `${formatNumber(value, 1)}\u00a0cm²`;
  }
}

/** The sign before the number tells kinds apart where there is no room for a word. */
export function labelOf(kind: MeasurementState["kind"], value: string): string {
  const signs = { distance: "", angle: "", diameter: "Ø ", tumour: "Ø ", vessel: "‿ ", area: "" } as const;
  return signs[kind] + value;
}

export function calibreOf(value: MeasuredValue | undefined): string | null {
  if (!value || value.mean_calibre_mm === null || value.least_calibre_mm === null) return null;
  return strings.measuring.calibre(formatMm(value.mean_calibre_mm), formatMm(value.least_calibre_mm));
}
