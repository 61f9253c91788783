import { Ray, Vector3 } from "three";
import { describe, expect, test } from "vitest";
import { surfacePoint } from "../../src/geometry/bezier";
import { withMoved } from "../../src/geometry/surface-groups";
import { netFromResection, surfaceFromPlane } from "../../src/geometry/surface-pose";
import type { ResectionState, SurfaceResectionState, WedgeResectionState } from "../../src/protocol";
import type { GrabPart } from "../../src/scene/grab-target";
import { bent, nearestParameters, startDrag } from "../../src/tools/resection-drags";
import type { HandleMode } from "../../src/ui-state";

/** Seen from the front: the eye is at z = 1 m, and the surface stands across x. */
const VIEW = { right: new Vector3(1, 0, 0), up: new Vector3(0, 1, 0), forward: new Vector3(0, 0, -1) };
const pointerAt = (x: number, y: number) => ({
  ray: new Ray(new Vector3(x, y, 1), new Vector3(0, 0, -1)),
  x: 1000 * x,
  y: -1000 * y,
});
const surface = surfaceFromPlane(
  "cut",
  { point: new Vector3(), normal: new Vector3(1, 0, 0) },
  new Vector3(0.1, 0.1, 0.1),
);
const wedge: WedgeResectionState = {
  resection_id: "wedge",
  kind: "wedge",
  geometry: {
    shape: "spheroid",
    centre_lps_mm: [0, 0, 0],
    axis_lps: [1, 0, 0],
    radius_along_mm: 20,
    radius_across_mm: 15,
  },
  tumour: "tumour_01",
  margin_mm: 10,
};

function dragged(resection: ResectionState, part: GrabPart, byX: number, mode: HandleMode = "move") {
  const target = { resection, part, halfSize: { width: 0.1, height: 0.1 } };
  const drag = startDrag(target, pointerAt(0, 0), VIEW, { mode, scope: "point" });
  return drag?.apply(drag.measure(pointerAt(byX, 0))) ?? null;
}

const shiftOf = (after: ResectionState | null) => {
  const points = (after as SurfaceResectionState).control_points_lps_mm;
  return points.map((point, n) => point.map((value, axis) => value - (surface.control_points_lps_mm[n]?.[axis] ?? 0)));
};

describe("a drag on a screen", () => {
  test("of a control point moves it along the normal, as far as the pointer goes", () => {
    const shift = shiftOf(dragged(surface, { kind: "control", index: 5 }, 0.012));
    shift.forEach((by, n) => {
      expect(by[0]).toBeCloseTo(n === 5 ? 12 : 0, 3);
      expect(by[1]).toBeCloseTo(0, 3);
      expect(by[2]).toBeCloseTo(0, 3);
    });
  });

  test("of the sheet carries the whole surface", () => {
    const shift = shiftOf(dragged(surface, { kind: "body", point: new Vector3() }, 0.01));
    for (const by of shift) expect(by[0]).toBeCloseTo(10, 3);
  });

  test("of the sheet in shape mode takes the surface along under the pointer", () => {
    const at = new Vector3(0, 0.02, 0.03);
    const { u, v } = nearestParameters(netFromResection(surface), at);
    const after = dragged(surface, { kind: "body", point: at }, 0.01, "shape") as SurfaceResectionState;
    const before = surfacePoint(netFromResection(surface), u, v);
    const pulled = surfacePoint(netFromResection(after), u, v);
    expect(pulled.x - before.x).toBeCloseTo(0.01, 6);
  });

  test("of a wedge's knob makes it larger, and it no longer promises its margin", () => {
    const after = dragged(wedge, { kind: "size", knob: "along" }, 0.005) as WedgeResectionState;
    expect(after.geometry).toMatchObject({ radius_along_mm: 25, radius_across_mm: 15 });
    expect(after.margin_mm).toBeNull();
    expect(after.tumour).toBe("tumour_01");
  });

  test("of a wedge carries it across the view", () => {
    const after = dragged(wedge, { kind: "body", point: new Vector3(0, 0, 0.01) }, 0.03) as WedgeResectionState;
    expect(after.geometry).toMatchObject({ shape: "spheroid", radius_along_mm: 20 });
    const [left, posterior, superior] = after.geometry.shape === "spheroid" ? after.geometry.centre_lps_mm : [0, 0, 0];
    expect([left, posterior, superior].map((value) => Math.round(value * 1000) / 1000 + 0)).toEqual([30, 0, 0]);
  });

  test("that would fold the surface leaves it as it was", () => {
    const net = netFromResection(surface);
    expect(bent(surface, withMoved(net, [5], new Vector3(0, 0, 0.2)))).toBe(surface);
    expect(bent(surface, withMoved(net, [5], new Vector3(0.2, 0, 0)))).not.toBe(surface);
  });

  test("does nothing to a territory: it belongs to the liver", () => {
    const territory = { resection_id: "t", kind: "territory", segments: [2, 3], portal_branches: [] } as const;
    expect(dragged(territory, { kind: "body", point: new Vector3() }, 0.01)).toBeNull();
  });
});
