// A measurement that is being placed: what it would come to if the next press were here.
import { angleDegrees, distanceMm, lengthMm, placeOnVessel, wayAlongVessel } from "../geometry/measure";
import { formatMeasured, labelOf } from "../notes/note-words";
import type { BranchAsset, MeasurementState, PointLps } from "../protocol";
import type { MeasureTool } from "../ui-state";
import type { Snapped } from "./note-snap";

export interface Draft {
  readonly points: readonly PointLps[];
  readonly line: readonly PointLps[];
  readonly label: string;
  /** Where the words stand. */
  readonly at: PointLps;
}

export const POINTS: Readonly<Record<MeasureTool, number>> = { distance: 2, angle: 3, diameter: 2, vessel: 2, pin: 1 };

/** With the place under the pointer as its last point. */
export function draftOf(
  tool: MeasureTool,
  placed: readonly PointLps[],
  next: Snapped,
  branches: readonly BranchAsset[],
) {
  const points = [...placed, next.point];
  const line = tool === "vessel" ? (vesselLine(points, branches) ?? points) : points;
  const value = predicted(tool, points, branches);
  const label = value ? labelOf(tool === "pin" ? "distance" : tool, value) : next.words;
  return { points, line, label, at: next.point } satisfies Draft;
}

/** Of whole measurements, as the server will count it; null where there is none. */
export function predicted(
  tool: MeasureTool,
  points: readonly PointLps[],
  branches: readonly BranchAsset[],
): string | null {
  const [a, b, c] = points;
  if (!a || !b || tool === "pin") return null;
  if (tool === "angle") {
    const degrees = c ? angleDegrees(a, b, c) : null;
    return degrees === null ? null : formatMeasured(degrees, "degrees");
  }
  if (tool !== "vessel") return formatMeasured(distanceMm(a, b), "mm");
  const line = vesselLine(points, branches);
  return line && formatMeasured(lengthMm(line), "mm");
}

/** The centre lines between two places on one tree. */
export function vesselLine(points: readonly PointLps[], branches: readonly BranchAsset[]): readonly PointLps[] | null {
  const [start, end] = points.map((point) => placeOnVessel(point, branches)?.place);
  return start && end ? wayAlongVessel(branches, start, end) : null;
}

export function measurementFrom(
  tool: Exclude<MeasureTool, "pin">,
  id: string,
  points: readonly PointLps[],
): MeasurementState | null {
  const [a, b, c] = points;
  if (!a || !b) return null;
  if (tool === "angle") return c ? { measurement_id: id, kind: tool, points_lps_mm: [a, b, c] } : null;
  return { measurement_id: id, kind: tool, points_lps_mm: [a, b] };
}
