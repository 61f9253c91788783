// Choosing by pointing, the same for mouse, ray and pinch: a segment or a portal branch to take out, a vein to cut along.
import { Matrix4, Ray, type Raycaster, type Vector3 } from "three";
import { gltfFromLps, LPS_FROM_GLTF } from "../geometry/patient-frame";
import { type VesselLine, vesselOnRay } from "../geometry/ray-vessel";
import { firstLabel, type LabelGrid } from "../geometry/segment-march";
import type { CentreLine } from "../geometry/snap";
import type { BranchAsset, SceneManifest } from "../protocol";
import type { PlanningScene } from "../scene/planning-scene";
import type { LabelSamples } from "../scene/territory-field";
import { withDescendants } from "../scene/territory-field";
import type { PlanningSession } from "../session/planning-session";
import { formatMl, formatMm, strings } from "../strings";
import { isPointing, type PointedAt, type UiStore } from "../ui-state";
import type { PlanEditor } from "./plan-editor";

/** What a ray points at. */
export interface Pointed {
  readonly kind: PointedAt;
  readonly number: number;
  readonly words: string;
  /** In the patient group, metres. */
  readonly point: Vector3;
  /** The vessels that are meant, to light them up. */
  readonly lines: readonly CentreLine[];
}

export class Pointing {
  readonly #ui: UiStore;
  readonly #editor: PlanEditor;
  readonly #session: PlanningSession;
  readonly #scene: () => PlanningScene;
  readonly #ray = new Ray();
  readonly #patientFromWorld = new Matrix4();
  #vessels: Vessels | null = null;
  #grid: { readonly samples: LabelSamples; readonly grid: LabelGrid } | null = null;
  /** Veins that the chosen plane was laid through. */
  #veins: readonly string[] = [];

  constructor(ui: UiStore, editor: PlanEditor, session: PlanningSession, scene: () => PlanningScene) {
    this.#ui = ui;
    this.#editor = editor;
    this.#session = session;
    this.#scene = scene;
    ui.subscribe((state, before) => {
      if (state.tool === before.tool) return;
      this.#veins = [];
      scene().plan.pointedMark.show(null);
    });
  }

  get isActive(): boolean {
    return isPointing(this.#ui.getState().tool);
  }

  /** Shows what a press would take. */
  hover(raycaster: Raycaster): void {
    this.#scene().plan.pointedMark.show(this.#find(raycaster));
  }

  /** False where the ray points at nothing that can be chosen. */
  press(raycaster: Raycaster): boolean {
    const pointed = this.#find(raycaster);
    if (!pointed) return false;
    this.#scene().plan.pointedMark.show(pointed);
    const territory = this.#editor.selected?.kind === "territory";
    if (pointed.kind === "vein") this.#snap(pointed.number);
    else if (pointed.kind === "segment") {
      if (territory) this.#editor.toggleSegment(pointed.number);
      else this.#editor.placeTerritory([pointed.number]);
    } else if (territory) this.#editor.toggleBranch(pointed.number);
    else this.#editor.placeTerritory([], [pointed.number]);
    return true;
  }

  /** One vein, then through two; a third starts anew. */
  #snap(number: number): void {
    const vessels = this.#known();
    const branch = vessels?.branches.get(number);
    if (!vessels || !branch) return;
    const vein = veinKey(branch);
    this.#veins = this.#veins.length === 1 && this.#veins[0] !== vein ? [...this.#veins, vein] : [vein];
    this.#editor.snapTo(this.#veins.map((key) => vessels.veins.get(key)?.flat() ?? []));
  }

  #find(raycaster: Raycaster): Pointed | null {
    const { tool } = this.#ui.getState();
    if (!isPointing(tool)) return null;
    const { patient } = this.#scene();
    this.#patientFromWorld.copy(patient.matrixWorld).invert();
    this.#ray.copy(raycaster.ray).applyMatrix4(this.#patientFromWorld);
    return tool === "segment" ? this.#segment() : this.#vessel(tool);
  }

  #segment(): Pointed | null {
    const samples = this.#scene().plan.resections.territories.segmentSamples;
    const { scene } = this.#session.state.getState();
    if (!samples || !scene) return null;
    if (this.#grid?.samples !== samples) this.#grid = { samples, grid: gridOf(samples) };
    const hit = firstLabel(this.#ray, this.#grid.grid);
    const segment = hit && scene.segments.find((one) => one.value === hit.value);
    if (!segment) return null;
    const words = strings.pointing.segment(segment.title, formatMl(segment.volume_ml));
    return { kind: "segment", number: segment.value, words, point: hit.point, lines: [] };
  }

  #vessel(kind: "branch" | "vein"): Pointed | null {
    const vessels = this.#known();
    if (!vessels) return null;
    const { lines, branches } = vessels;
    const distance = this.#ray.origin.distanceTo(this.#scene().focus);
    const hit = vesselOnRay(this.#ray, kind === "branch" ? lines.portal : lines.hepatic, distance);
    const branch = hit && branches.get(hit.number);
    if (!branch) return null;
    const words = strings.pointing.vessel(
      branch.title,
      kind === "branch" ? formatMl(branch.territory_ml) : formatMm(branch.calibre_mm),
    );
    const meant = kind === "branch" ? vessels.below(branch.number) : (vessels.veins.get(veinKey(branch)) ?? []);
    return { kind, number: branch.number, words, point: hit.point, lines: meant };
  }

  #known(): Vessels | null {
    const { scene } = this.#session.state.getState();
    if (!scene) return null;
    if (this.#vessels?.scene !== scene) this.#vessels = new Vessels(scene);
    return this.#vessels;
  }
}

/** A named vein is all branches of its name; one without a name is itself. */
export function veinKey(branch: BranchAsset): string {
  return branch.name === "" ? `#${branch.number}` : branch.name;
}

/** Centre lines in the patient group, made once a case. */
export class Vessels {
  readonly scene: SceneManifest;
  readonly branches: ReadonlyMap<number, BranchAsset>;
  readonly lines: { readonly portal: readonly VesselLine[]; readonly hepatic: readonly VesselLine[] };
  /** By key. */
  readonly veins: ReadonlyMap<string, readonly CentreLine[]>;

  constructor(scene: SceneManifest) {
    this.scene = scene;
    this.branches = new Map(scene.branches.map((branch) => [branch.number, branch]));
    const ofTree = (tree: BranchAsset["tree"]) =>
      scene.branches
        .filter((branch) => branch.tree === tree && (tree === "hepatic" || branch.parent !== null))
        .map((branch) => ({
          number: branch.number,
          line: branch.line_lps_mm.map((point) => gltfFromLps(point)),
          radius: branch.calibre_mm / 2000,
        }));
    this.lines = { portal: ofTree("portal"), hepatic: ofTree("hepatic") };
    const veins = new Map<string, CentreLine[]>();
    for (const { number, line } of this.lines.hepatic) {
      const key = veinKey(this.branches.get(number) as BranchAsset);
      veins.set(key, [...(veins.get(key) ?? []), line]);
    }
    this.veins = veins;
  }

  /** The branch and all that leave it. */
  below(number: number): readonly CentreLine[] {
    const taken = withDescendants([number], this.scene.branches);
    return this.lines.portal.filter((one) => taken.has(one.number)).map((one) => one.line);
  }
}

function gridOf({ asset, values }: LabelSamples): LabelGrid {
  const ijkFromLps = new Matrix4()
    .fromArray([...asset.lps_from_ijk])
    .transpose()
    .invert();
  return { values, shapeIjk: asset.shape_ijk, ijkFromSpace: ijkFromLps.multiply(LPS_FROM_GLTF) };
}
