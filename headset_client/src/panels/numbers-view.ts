// What the numbers say, ready to be written: the desktop panel and the panel in the headset show the same words.
import { type MarginLevel, marginLevel } from "../design/tokens";
import type {
  BodyNumber,
  BranchVolume,
  CutBranch,
  NumberInterval,
  PlanNumbers,
  SceneManifest,
  TumourMargin,
} from "../protocol";
import type { ShownNumbers } from "../session/shown-numbers";
import { formatMl, formatMm, formatNumber, formatPercent, strings } from "../strings";

export interface MarginRow {
  readonly tumour: string;
  readonly title: string;
  readonly level: MarginLevel;
  /** To rank by; a crossed tumour is nearest of all. */
  readonly leastMm: number;
  /** "4.2 mm", or words where the cut goes through. */
  readonly value: string;
  readonly interval: string | null;
  readonly status: string;
  /** (what, value) pairs; null while they are not computed. */
  readonly details: readonly (readonly [string, string])[] | null;
}

/** Liver that no longer works: how much, and by which branches. */
export interface LossRow {
  readonly kind: "supply" | "drainage";
  readonly title: string;
  readonly value: string;
  readonly interval: string | null;
  /** Null while dragging. */
  readonly branches: readonly (readonly [string, string])[] | null;
}

export interface FunctionView {
  readonly percent: string;
  readonly interval: string | null;
  readonly denominator: string;
  /** Of the whole liver, 0 to 1. */
  readonly fraction: number;
  readonly losses: readonly LossRow[];
}

export interface NearRow {
  readonly title: string;
  readonly value: string;
  readonly interval: string | null;
  readonly touched: boolean;
}

export interface BodyRow {
  readonly title: string;
  readonly value: string;
  readonly source: string;
}

export interface NumbersView {
  readonly flr: string;
  readonly flrInterval: string | null;
  readonly denominator: string;
  readonly tumourFree: string | null;
  /** Null where it is not computed, or cannot be: `hasTrees` says which. */
  readonly function: FunctionView | null;
  readonly hasTrees: boolean;
  readonly remnant: string;
  readonly remnantInterval: string | null;
  readonly resected: string;
  readonly resectedInterval: string | null;
  readonly total: string;
  /** 0 to 1. */
  readonly remnantFraction: number;
  readonly margins: readonly MarginRow[];
  readonly uncertainty: string | null;
  /** Widest first; null while they are being counted. */
  readonly cutBranches: readonly CutBranch[] | null;
  /** Of their calibres, in the same order. */
  readonly calibreIntervals: readonly (string | null)[];
  readonly cutArea: string | null;
  readonly cutAreaInterval: string | null;
  /** What the cut comes near to, nearest first; null while dragging. */
  readonly near: readonly NearRow[] | null;
  /** Null where each side is in one piece, or it is not known. */
  readonly pieces: string | null;
  readonly body: readonly BodyRow[];
  readonly stale: boolean;
}

export function viewNumbers(shown: ShownNumbers, scene: SceneManifest): NumbersView {
  const { numbers } = shown;
  const liver = numbers.volumes.find((volume) => volume.name === "liver");
  const titleOf = (name: string) => scene.structures.find((structure) => structure.name === name)?.title ?? name;
  const intervals = new Intervals(numbers.intervals ?? []);
  const cut = (numbers.cut_branches ?? []).map((branch, index) => ({
    branch,
    interval: intervals.mm("calibre_mm", `cut_branch_${index + 1}`),
  }));
  cut.sort((a, b) => b.branch.calibre_mm - a.branch.calibre_mm);
  return {
    flr: numbers.flr_percent === null ? "–" : formatPercent(numbers.flr_percent),
    flrInterval: intervals.percent("flr_percent"),
    denominator: denominator(numbers.flr_denominator),
    tumourFree:
      numbers.flr_tumour_free_percent === null
        ? null
        : strings.numbers.tumourFree(formatPercent(numbers.flr_tumour_free_percent)),
    function: functionView(numbers, liver?.total_ml ?? 0, intervals),
    hasTrees: scene.branches.length > 0,
    remnant: formatMl(liver?.remnant_ml ?? 0),
    remnantInterval: intervals.ml("remnant_ml", "liver"),
    resected: formatMl(liver?.resected_ml ?? 0),
    resectedInterval: intervals.ml("resected_ml", "liver"),
    total: formatMl(liver?.total_ml ?? 0),
    remnantFraction: liver && liver.total_ml > 0 ? liver.remnant_ml / liver.total_ml : 0,
    margins: numbers.margins.map((margin) => marginRow(margin, titleOf, intervals)),
    uncertainty:
      numbers.margin_uncertainty_mm > 0
        ? strings.numbers.uncertainty(formatNumber(numbers.margin_uncertainty_mm, 1))
        : null,
    cutBranches: numbers.cut_branches && cut.map(({ branch }) => branch),
    calibreIntervals: cut.map(({ interval }) => interval),
    cutArea: numbers.cut_area_mm2 === null ? null : formatCm2(numbers.cut_area_mm2),
    cutAreaInterval: intervals.cm2("cut_area_mm2"),
    near: nearRows(numbers, intervals),
    pieces: piecesNote(numbers),
    body: (numbers.body ?? []).map(bodyRow),
    stale: shown.stale,
  };
}

class Intervals {
  readonly #known: ReadonlyMap<string, NumberInterval>;

  constructor(intervals: readonly NumberInterval[]) {
    this.#known = new Map(intervals.map((one) => [`${one.quantity} ${one.of}`, one]));
  }

  percent(quantity: NumberInterval["quantity"]): string | null {
    return this.#text(quantity, "", (value) => formatPercent(value));
  }

  ml(quantity: NumberInterval["quantity"], of = ""): string | null {
    const one = this.#find(quantity, of);
    const digits = one && Math.abs(one.high) < 10 ? 1 : 0;
    return this.#text(quantity, of, (value) => formatNumber(value, digits));
  }

  mm(quantity: NumberInterval["quantity"], of: string): string | null {
    return this.#text(quantity, of, (value) => formatNumber(value, 1));
  }

  cm2(quantity: NumberInterval["quantity"]): string | null {
    const one = this.#find(quantity, "liver");
    const digits = one && one.high < 1000 ? 1 : 0;
    return this.#text(quantity, "liver", (value) => formatNumber(value / 100, digits));
  }

  /** Of several numbers together; null where one of them has none. */
  sumMl(quantity: NumberInterval["quantity"], of: readonly string[]): string | null {
    const known = of.map((one) => this.#known.get(`${quantity} ${one}`));
    if (known.some((one) => one === undefined)) return null;
    const low = known.reduce((sum, one) => sum + (one?.low ?? 0), 0);
    const high = known.reduce((sum, one) => sum + (one?.high ?? 0), 0);
    const digits = high < 10 ? 1 : 0;
    return `${formatNumber(low, digits)}–${formatNumber(high, digits)}`;
  }

  #find(quantity: NumberInterval["quantity"], of: string): NumberInterval | undefined {
    const whole = of === "" || of === "liver";
    return this.#known.get(`${quantity} ${of}`) ?? (whole ? this.#known.get(`${quantity} liver`) : undefined);
  }

  #text(quantity: NumberInterval["quantity"], of: string, format: (value: number) => string): string | null {
    const one = this.#find(quantity, of);
    return one ? `${format(one.low)}–${format(one.high)}` : null;
  }
}

function functionView(numbers: PlanNumbers, totalMl: number, intervals: Intervals): FunctionView | null {
  const answer = numbers.function;
  if (!answer || answer.functional_flr_percent === null) return null;
  const loss = (
    kind: LossRow["kind"],
    title: string,
    ml: number | null,
    interval: string | null,
    by: readonly BranchVolume[] | null,
  ): LossRow => ({
    kind,
    title,
    value: ml === null ? "–" : formatMl(ml),
    interval,
    branches: by && byTitle(by, kind, intervals),
  });
  return {
    percent: formatPercent(answer.functional_flr_percent),
    interval: intervals.percent("functional_flr_percent"),
    denominator: denominator(answer.denominator),
    fraction: totalMl > 0 ? Math.min(1, (answer.functional_ml ?? 0) / totalMl) : 0,
    losses: [
      loss(
        "supply",
        strings.numbers.devascularised,
        answer.devascularised_ml,
        intervals.ml("devascularised_ml"),
        answer.devascularised_by_branch,
      ),
      loss(
        "drainage",
        strings.numbers.congested,
        answer.congested_ml,
        intervals.ml("congested_ml"),
        answer.congested_by_branch,
      ),
    ],
  };
}

/** Branches of one name are one row, largest first; what rounds to nothing is left out. */
function byTitle(
  branches: readonly BranchVolume[],
  kind: LossRow["kind"],
  intervals: Intervals,
): readonly (readonly [string, string])[] {
  const named = new Map<string, { ml: number; of: string[] }>();
  for (const { branch, title, volume_ml } of branches) {
    const row = named.get(title) ?? { ml: 0, of: [] };
    row.ml += volume_ml;
    row.of.push(`branch_${branch}`);
    named.set(title, row);
  }
  const quantity = kind === "supply" ? "devascularised_ml" : "congested_ml";
  return [...named]
    .filter(([, { ml }]) => ml >= LEAST_SHOWN_ML)
    .sort((a, b) => b[1].ml - a[1].ml)
    .map(([title, { ml, of }]) => [title, withRange(formatMl(ml), intervals.sumMl(quantity, of))]);
}

function withRange(value: string, range: string | null): string {
  return range === null ? value : `${value} ${strings.numbers.interval(range)}`;
}

/** What lies farther away than this is of no interest to the cut. */
const FARTHEST_NEAR_MM = 30;

function nearRows(numbers: PlanNumbers, intervals: Intervals): readonly NearRow[] | null {
  if (numbers.surroundings === null) return null;
  return numbers.surroundings
    .filter((one) => one.distance_mm <= FARTHEST_NEAR_MM)
    .map((one) => ({
      title: one.title,
      value: one.is_touched ? strings.numbers.touched : formatMm(one.distance_mm),
      interval: intervals.mm("distance_mm", one.name),
      touched: one.is_touched,
    }));
}

const LEAST_SHOWN_ML = 0.05;

function denominator(key: string): string {
  const known: Readonly<Record<string, string>> = strings.numbers.denominators;
  return known[key] ?? key.replaceAll("_", " ");
}

function marginRow(margin: TumourMargin, titleOf: (name: string) => string, intervals: Intervals): MarginRow {
  const crossed = margin.status === "crossed";
  return {
    tumour: margin.tumour,
    title: titleOf(margin.tumour),
    level: marginLevel(margin.minimum_mm, margin.status),
    leastMm: crossed ? -1 : (margin.minimum_mm ?? Number.POSITIVE_INFINITY),
    value: crossed ? strings.numbers.crossed : margin.minimum_mm === null ? "–" : formatMm(margin.minimum_mm),
    interval: crossed ? null : intervals.mm("margin_mm", margin.tumour),
    status: strings.numbers.status[margin.status],
    details: marginDetails(margin, intervals),
  };
}

function marginDetails(margin: TumourMargin, intervals: Intervals): MarginRow["details"] {
  const { fifth_percentile_mm: fifth, under_1_mm2: one, under_5_mm2: five, under_10_mm2: ten } = margin;
  if (fifth === null || one === null || five === null || ten === null) return null;
  return [
    [
      strings.numbers.fifthPercentile,
      withRange(formatMm(fifth), intervals.mm("margin_fifth_percentile_mm", margin.tumour)),
    ],
    [strings.numbers.areaUnder(1), formatCm2(one)],
    [strings.numbers.areaUnder(5), formatCm2(five)],
    [strings.numbers.areaUnder(10), formatCm2(ten)],
  ];
}

export function formatCm2(mm2: number): string {
  const cm2 = mm2 / 100;
  return `${formatNumber(cm2, cm2 < 10 ? 1 : 0)}\u00a0cm²`;
}

/** Crumbs of less than this are of no interest to anybody. */
const LEAST_PIECE_ML = 1;

/** What a cut leaves hanging on nothing: that it does so to the remnant is the worse news. */
function piecesNote(numbers: PlanNumbers): string | null {
  const islets = (numbers.pieces ?? []).filter((piece) => piece.is_islet && piece.volume_ml >= LEAST_PIECE_ML);
  const remnant = islets.filter((piece) => piece.side === "remnant");
  if (remnant.length > 0) return strings.numbers.remnantPieces(remnant.length + 1);
  return islets.length > 0 ? strings.numbers.resectedPieces(islets.length + 1) : null;
}

function bodyRow({ title, value, low, high, digits, unit, meaning }: BodyNumber): BodyRow {
  const range = low !== null && high !== null ? ` (${formatNumber(low, digits)}–${formatNumber(high, digits)})` : "";
  const shown = value === null ? "–" : `${formatNumber(value, digits)}${range}\u00a0${unit}`;
  return { title, value: shown, source: meaning ?? "" };
}
