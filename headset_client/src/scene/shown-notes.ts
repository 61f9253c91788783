// What is drawn of measurements and pins: lines, beads and words, from the plan and the server's numbers.
import { colours } from "../design/tokens";
import { angleDegrees, distanceMm } from "../geometry/measure";
import { formatMeasured, labelOf } from "../notes/note-words";
import type { MeasuredValue, MeasurementState, PointLps, ResectionState } from "../protocol";
import { displayedNotes, isPin, type Note, noteId } from "../session/displayed-notes";
import { displayedPlan } from "../session/displayed-plan";
import type { SessionState } from "../session/session-state";
import { strings } from "../strings";
import { predicted, vesselLine } from "../tools/note-draft";
import type { ShownNote } from "./notes-view";

const INK = "#ffffff";
const ARC_STEPS = 20;
/** Of the shorter arm. */
const ARC_SHARE = 0.3;

export function shownNotes(
  state: SessionState,
  hidden: ReadonlySet<string>,
  chosen: string | null,
): readonly ShownNote[] {
  return displayedNotes(state)
    .filter((note) => !hidden.has(noteId(note)))
    .flatMap((note) => shownNote(state, note, noteId(note) === chosen) ?? []);
}

function shownNote(state: SessionState, note: Note, chosen: boolean): ShownNote | null {
  const id = noteId(note);
  if (isPin(note)) {
    const { point_lps_mm: at, text } = note.pin;
    const label = note.by.display_name ? `${text}  ·  ${note.by.display_name}` : text;
    return { id, line: [], beads: [at], label, at, colour: note.by.colour, chosen };
  }
  const { measurement } = note;
  const measured = isPending(state, id) ? undefined : state.measured.get(id);
  const value = noteValue(state, measurement, measured);
  const colour = chosen ? colours.mark : INK;
  const label = labelOf(measurement.kind, value);
  if (measurement.kind === "area") {
    const at = middleOfCut(state, measurement.resection_id);
    return at && { id, line: [], beads: [], label, at, colour, chosen };
  }
  const line = lineOf(state, measurement, measured);
  if (line.length < 2) return null;
  if (measurement.kind === "angle") {
    const [a, corner, b] = measurement.points_lps_mm;
    const beads = [a, corner, b];
    return { id, line: beads, arc: arc(a, corner, b), beads, label, at: corner, colour, chosen };
  }
  const beads = [line[0] as PointLps, line[line.length - 1] as PointLps];
  return { id, line, beads, label, at: halfWay(line), colour, chosen };
}

/** The server's number of an earlier shape is none of this one. */
function isPending(state: SessionState, id: string): boolean {
  return state.pending.some((one) => one.kind === "measurement" && one.measurement.measurement_id === id);
}

export function noteValue(
  state: SessionState,
  measurement: MeasurementState,
  measured: MeasuredValue | undefined,
): string {
  if (measured) return measured.value === null ? "–" : formatMeasured(measured.value, measured.unit);
  if (!("points_lps_mm" in measurement)) return strings.measuring.counting;
  const branches = state.scene?.branches ?? [];
  return predicted(measurement.kind, measurement.points_lps_mm, branches) ?? strings.measuring.counting;
}

function lineOf(
  state: SessionState,
  measurement: MeasurementState,
  measured: MeasuredValue | undefined,
): readonly PointLps[] {
  if (measurement.kind === "area") return [];
  if (measurement.kind === "tumour") return measured?.line_lps_mm ?? [];
  if (measurement.kind !== "vessel") return measurement.points_lps_mm;
  if (measured && measured.line_lps_mm.length > 1) return measured.line_lps_mm;
  return vesselLine(measurement.points_lps_mm, state.scene?.branches ?? []) ?? measurement.points_lps_mm;
}

/** Where the words on an area stand. */
function middleOfCut(state: SessionState, resectionId: string | null): PointLps | null {
  const cuts = displayedPlan(state).map(({ resection }) => resection);
  const cut = resectionId === null ? cuts[0] : cuts.find((one) => one.resection_id === resectionId);
  return cut ? middleOf(cut, state) : null;
}

function middleOf(cut: ResectionState, state: SessionState): PointLps | null {
  switch (cut.kind) {
    case "plane":
      return cut.point_lps_mm;
    case "surface":
      return mean(cut.control_points_lps_mm);
    case "wedge":
      return cut.geometry.shape === "spheroid" ? cut.geometry.centre_lps_mm : cut.geometry.apex_lps_mm;
    case "territory": {
      const liver = state.scene?.structures.find((one) => one.name === "liver");
      return liver ? mean(liver.bounds_lps_mm) : null;
    }
  }
}

function mean(points: readonly PointLps[]): PointLps {
  const [x, y, z] = [0, 1, 2].map(
    (axis) => points.reduce((sum, point) => sum + (point[axis] as number), 0) / points.length,
  ) as [number, number, number];
  return [x, y, z];
}

function halfWay(line: readonly PointLps[]): PointLps {
  const steps = line.slice(1).map((point, n) => distanceMm(line[n] as PointLps, point));
  let left = steps.reduce((sum, step) => sum + step, 0) / 2;
  for (const [n, step] of steps.entries()) {
    if (left <= step && step > 0) return along(line[n] as PointLps, line[n + 1] as PointLps, left / step);
    left -= step;
  }
  return line[0] as PointLps;
}

/** From one arm to the other around the corner. */
function arc(a: PointLps, corner: PointLps, b: PointLps): readonly PointLps[] {
  const degrees = angleDegrees(a, corner, b);
  if (degrees === null || degrees < 1 || degrees > 179) return [];
  const radius = ARC_SHARE * Math.min(distanceMm(corner, a), distanceMm(corner, b));
  const ends = [a, b].map((point) => along(corner, point, radius / distanceMm(corner, point)));
  const points: PointLps[] = [];
  for (let n = 0; n <= ARC_STEPS; n++) {
    const chord = along(ends[0] as PointLps, ends[1] as PointLps, n / ARC_STEPS);
    points.push(along(corner, chord, radius / distanceMm(corner, chord)));
  }
  return points;
}

function along(from: PointLps, to: PointLps, share: number): PointLps {
  const [x, y, z] = [0, 1, 2].map((axis) => {
    const start = from[axis] as number;
    return start + ((to[axis] as number) - start) * share;
  }) as [number, number, number];
  return [x, y, z];
}
