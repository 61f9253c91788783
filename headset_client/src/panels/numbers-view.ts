// What the numbers say, ready to be written: the desktop panel and the panel in the headset show the same words.
import { type MarginLevel, marginLevel } from "../design/tokens";
import type { PlanNumbers, SceneManifest } from "../protocol";
import type { ShownNumbers } from "../session/shown-numbers";
import { formatMl, formatMm, formatNumber, formatPercent, strings } from "../strings";

export interface MarginRow {
  readonly tumour: string;
  readonly title: string;
  readonly level: MarginLevel;
  /** "4.2 mm", or words where the cut goes through. */
  readonly value: string;
  readonly status: string;
}

export interface VesselRow {
  readonly structure: string;
  readonly title: string;
  readonly count: number;
  readonly widest: string;
}

export interface NumbersView {
  readonly flr: string;
  readonly denominator: string;
  readonly tumourFree: string | null;
  readonly remnant: string;
  readonly resected: string;
  readonly total: string;
  /** 0 to 1. */
  readonly remnantFraction: number;
  readonly margins: readonly MarginRow[];
  readonly uncertainty: string | null;
  /** Null while they are being counted. */
  readonly vessels: readonly VesselRow[] | null;
  readonly stale: boolean;
}

export function viewNumbers(shown: ShownNumbers, scene: SceneManifest): NumbersView {
  const { numbers } = shown;
  const liver = numbers.volumes.find((volume) => volume.name === "liver");
  const titleOf = (name: string) => scene.structures.find((structure) => structure.name === name)?.title ?? name;
  return {
    flr: numbers.flr_percent === null ? "–" : formatPercent(numbers.flr_percent),
    denominator: denominator(numbers.flr_denominator),
    tumourFree:
      numbers.flr_tumour_free_percent === null
        ? null
        : strings.numbers.tumourFree(formatPercent(numbers.flr_tumour_free_percent)),
    remnant: formatMl(liver?.remnant_ml ?? 0),
    resected: formatMl(liver?.resected_ml ?? 0),
    total: formatMl(liver?.total_ml ?? 0),
    remnantFraction: liver && liver.total_ml > 0 ? liver.remnant_ml / liver.total_ml : 0,
    margins: numbers.margins.map((margin) => marginRow(margin, titleOf)),
    uncertainty:
      numbers.margin_uncertainty_mm > 0
        ? strings.numbers.uncertainty(formatNumber(numbers.margin_uncertainty_mm, 1))
        : null,
    vessels: vesselRows(numbers, titleOf),
    stale: shown.stale,
  };
}

function denominator(key: string): string {
  const known: Readonly<Record<string, string>> = strings.numbers.denominators;
  return known[key] ?? key.replaceAll("_", " ");
}

function marginRow(margin: PlanNumbers["margins"][number], titleOf: (name: string) => string): MarginRow {
  const crossed = margin.status === "crossed";
  return {
    tumour: margin.tumour,
    title: titleOf(margin.tumour),
    level: marginLevel(margin.minimum_mm, margin.status),
    value: crossed ? strings.numbers.crossed : margin.minimum_mm === null ? "–" : formatMm(margin.minimum_mm),
    status: strings.numbers.status[margin.status],
  };
}

/** One row a vessel tree: how many branches are cut and how wide the widest is. */
function vesselRows(numbers: PlanNumbers, titleOf: (name: string) => string): readonly VesselRow[] | null {
  if (numbers.vessels_crossed === null) return null;
  const byStructure = new Map<string, { count: number; widest: number }>();
  for (const { structure, diameter_mm } of numbers.vessels_crossed) {
    const known = byStructure.get(structure) ?? { count: 0, widest: 0 };
    byStructure.set(structure, { count: known.count + 1, widest: Math.max(known.widest, diameter_mm) });
  }
  return [...byStructure].map(([structure, { count, widest }]) => ({
    structure,
    title: titleOf(structure),
    count,
    widest: formatMm(widest),
  }));
}
