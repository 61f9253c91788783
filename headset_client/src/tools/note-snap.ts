// Where a pointer means: a centre line, the middle of a tumour, the end of another measurement, or the surface itself.
import { Matrix4, Ray, type Raycaster, Vector3 } from "three";
import { centreOfBounds, halfSizeOfBounds } from "../geometry/bounds";
import { distanceMm, placeOnVessel, type VesselPlace } from "../geometry/measure";
import { gltfFromLps, lpsFromGltf, MM_PER_METRE } from "../geometry/patient-frame";
import { type VesselLine, vesselOnRay } from "../geometry/ray-vessel";
import type { BranchAsset, PointLps, SceneManifest, StructureAsset } from "../protocol";
import type { PlanningScene } from "../scene/planning-scene";
import type { PlanningSession } from "../session/planning-session";
import { anatomical, strings } from "../strings";
import type { MeasureTool } from "../ui-state";

export interface Snapped {
  readonly point: PointLps;
  /** What it holds on to; empty for a bare surface. */
  readonly words: string;
  readonly tumour: string | null;
  readonly vessel: VesselPlace | null;
}

/** A ray that passes this near to an end means it, radians. */
const END_SLACK = 0.009;
/** Of a tumour's radius: a ray through the middle means the middle. */
const CENTRE_SHARE = 0.3;
/** A vessel's surface is never farther from its centre line. */
const WIDEST_MM = 12;
const TIP = { vesselMm: 5, onlyVesselMm: 12, centreMm: 4 } as const;

const TREES: Readonly<Record<string, BranchAsset["tree"]>> = { portal_vein: "portal", hepatic_veins: "hepatic" };

export class NoteSnap {
  readonly #session: PlanningSession;
  readonly #scene: () => PlanningScene;
  readonly #ray = new Ray();
  readonly #patientFromWorld = new Matrix4();
  readonly #point = new Vector3();
  #lines: { readonly scene: SceneManifest; readonly lines: readonly VesselLine[] } | null = null;

  constructor(session: PlanningSession, scene: () => PlanningScene) {
    this.#session = session;
    this.#scene = scene;
  }

  /** Null where the ray meets nothing. `ends` are places of other measurements, LPS mm. */
  onRay(raycaster: Raycaster, tool: MeasureTool, ends: readonly PointLps[]): Snapped | null {
    const { scene } = this.#session.state.getState();
    if (!scene) return null;
    const { patient } = this.#scene();
    this.#patientFromWorld.copy(patient.matrixWorld).invert();
    this.#ray.copy(raycaster.ray).applyMatrix4(this.#patientFromWorld);
    if (tool === "vessel") return this.#vessel(scene);
    return this.#end(ends) ?? this.#surface(raycaster, scene, tool);
  }

  /** Where a tip is inside or beside the liver, in the world; null elsewhere. */
  atTip(tip: Vector3, tool: MeasureTool): Snapped | null {
    const { scene } = this.#session.state.getState();
    const liver = scene?.structures.find((one) => one.name === "liver");
    if (!scene || !liver) return null;
    const point = lpsFromGltf(this.#scene().patient.worldToLocal(this.#point.copy(tip)));
    const [low, high] = liver.bounds_lps_mm;
    if (point.some((value, axis) => value < (low[axis] as number) || value > (high[axis] as number))) return null;
    const onVessel = placeOnVessel(point, scene.branches);
    if (onVessel && onVessel.awayMm < (tool === "vessel" ? TIP.onlyVesselMm : TIP.vesselMm)) {
      return this.#onBranch(scene, onVessel);
    }
    if (tool === "vessel") return null;
    for (const tumour of tumoursOf(scene)) {
      const centre = lpsFromGltf(centreOfBounds(tumour.bounds_lps_mm));
      const radiusMm = halfSizeOfBounds(tumour.bounds_lps_mm).x * MM_PER_METRE;
      const away = distanceMm(point, centre);
      if (tool === "diameter" && away < radiusMm) return wholeTumour(tumour, centre);
      if (away < TIP.centreMm) return middleOf(tumour, centre);
    }
    return { point, words: "", tumour: null, vessel: null };
  }

  #end(ends: readonly PointLps[]): Snapped | null {
    const slack = END_SLACK * this.#ray.origin.distanceTo(this.#scene().focus);
    for (const end of ends) {
      if (this.#ray.distanceToPoint(gltfFromLps(end, this.#point)) > slack) continue;
      return { point: end, words: strings.measuring.snapped.end, tumour: null, vessel: null };
    }
    return null;
  }

  #vessel(scene: SceneManifest): Snapped | null {
    if (this.#lines?.scene !== scene) this.#lines = { scene, lines: linesOf(scene) };
    const distance = this.#ray.origin.distanceTo(this.#scene().focus);
    const hit = vesselOnRay(this.#ray, this.#lines.lines, distance);
    const branch = hit && scene.branches.find((one) => one.number === hit.number);
    const found = branch && placeOnVessel(lpsFromGltf(hit.point), [branch]);
    return found ? this.#onBranch(scene, found) : null;
  }

  #onBranch(scene: SceneManifest, found: { readonly place: VesselPlace; readonly point: PointLps }): Snapped {
    const title = scene.branches.find((one) => one.number === found.place.branch)?.title ?? "";
    return {
      point: found.point,
      words: strings.measuring.snapped.vessel(anatomical(title)),
      tumour: null,
      vessel: found.place,
    };
  }

  #surface(raycaster: Raycaster, scene: SceneManifest, tool: MeasureTool): Snapped | null {
    const hit = this.#hit(raycaster);
    if (!hit) return null;
    const point = lpsFromGltf(hit.point);
    const bare: Snapped = { point, words: "", tumour: null, vessel: null };
    const tumour = tumoursOf(scene).find((one) => one.name === hit.name);
    if (tumour) {
      const centre = lpsFromGltf(centreOfBounds(tumour.bounds_lps_mm));
      if (tool === "diameter") return wholeTumour(tumour, centre);
      const radius = halfSizeOfBounds(tumour.bounds_lps_mm).x;
      const beside = this.#ray.distanceToPoint(gltfFromLps(centre, this.#point));
      return beside < CENTRE_SHARE * radius && tool !== "pin" ? middleOf(tumour, centre) : bare;
    }
    const tree = TREES[hit.name];
    const onVessel = tree && placeOnVessel(point, scene.branches, tree);
    // A wall is what a diameter goes from.
    if (!onVessel || onVessel.awayMm > WIDEST_MM || tool === "diameter") return bare;
    return this.#onBranch(scene, onVessel);
  }

  /** What the person sees under the pointer: what lies in the liver shows through its glass. */
  #hit(raycaster: Raycaster): { readonly name: string; readonly point: Vector3 } | null {
    const planning = this.#scene();
    const shown = [...planning.structures.values()].filter((view) => view.group.visible && view.appearance.visible);
    const glass = (planning.structures.get("liver")?.appearance.opacity ?? 1) < 1;
    const inside = glass ? shown.filter((view) => view.asset.lies_in_liver) : [];
    for (const views of [inside, shown]) {
      const meshes = views.flatMap((view) => [...view.surface]);
      const hit = raycaster.intersectObjects(meshes, false)[0];
      const view = hit && views.find((one) => one.surface.some((mesh) => mesh === hit.object));
      if (hit && view) return { name: view.asset.name, point: planning.patient.worldToLocal(hit.point.clone()) };
    }
    return null;
  }
}

/** Trunks too: they give no territory, and have a length. */
function linesOf(scene: SceneManifest): readonly VesselLine[] {
  return scene.branches.map((branch) => ({
    number: branch.number,
    line: branch.line_lps_mm.map((point) => gltfFromLps(point)),
    radius: branch.calibre_mm / 2 / MM_PER_METRE,
  }));
}

function tumoursOf(scene: SceneManifest): readonly StructureAsset[] {
  return scene.structures.filter((structure) => structure.name.startsWith("tumour_"));
}

function wholeTumour(tumour: StructureAsset, point: PointLps): Snapped {
  const words = strings.measuring.snapped.tumour(anatomical(tumour.title));
  return { point, words, tumour: tumour.name, vessel: null };
}

function middleOf(tumour: StructureAsset, point: PointLps): Snapped {
  return { point, words: strings.measuring.snapped.centre(anatomical(tumour.title)), tumour: null, vessel: null };
}
