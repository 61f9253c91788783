// The planes of the displayed plan on screen, kept in step with it.
import { type Group, type Mesh, Vector3 } from "three";
import { colours } from "../design/tokens";
import { centredOn, type PlanePose, poseFromResection } from "../geometry/plane-pose";
import type { DisplayedResection } from "../session/displayed-plan";
import { CutFace, type CutVolumes } from "./cut-face";
import { type CutUniforms, MAX_PLANES, setCutPlane } from "./cut-uniforms";

export interface ResectionView {
  readonly resectionId: string;
  readonly face: CutFace;
  readonly pose: PlanePose;
  readonly heldBy: string | null;
}

export interface ResectionHooks {
  onAdded(resectionId: string, pick: Mesh): void;
  onRemoved(resectionId: string): void;
}

export class ResectionViews {
  readonly #parent: Group;
  readonly #cut: CutUniforms;
  readonly #volumes: CutVolumes;
  readonly #hooks: ResectionHooks;
  readonly #views = new Map<string, ResectionView>();
  readonly #liverCentre = new Vector3();
  readonly #liverHalfSize = new Vector3(0.12, 0.1, 0.08);

  constructor(parent: Group, cut: CutUniforms, volumes: CutVolumes, hooks: ResectionHooks) {
    this.#parent = parent;
    this.#cut = cut;
    this.#volumes = volumes;
    this.#hooks = hooks;
  }

  /** The organ the sheets frame, patient group metres. */
  setOrgan(centre: Vector3, halfSize: Vector3): void {
    this.#liverCentre.copy(centre);
    this.#liverHalfSize.copy(halfSize);
  }

  get all(): readonly ResectionView[] {
    return [...this.#views.values()];
  }

  get(resectionId: string): ResectionView | undefined {
    return this.#views.get(resectionId);
  }

  /** `colourOf` a holder; `emphasised` is under a pointer. */
  show(plan: readonly DisplayedResection[], colourOf: (clientId: string) => string, emphasised: string | null): void {
    const shown = plan.slice(0, MAX_PLANES);
    this.#removeAllBut(new Set(shown.map(({ resection }) => resection.resection_id)));
    shown.forEach(({ resection, heldBy }, index) => {
      const id = resection.resection_id;
      const face = this.#views.get(id)?.face ?? this.#add(id);
      const pose = centredOn(poseFromResection(resection), this.#liverCentre);
      face.place(pose, this.#liverHalfSize, index);
      face.setTint(heldBy ? colourOf(heldBy) : colours.accent, heldBy !== null || emphasised === id);
      setCutPlane(this.#cut, index, pose);
      this.#views.set(id, { resectionId: id, face, pose, heldBy });
    });
    this.#cut.uPlaneCount.value = shown.length;
  }

  dispose(): void {
    this.#removeAllBut(new Set());
  }

  #add(resectionId: string): CutFace {
    const face = new CutFace(this.#cut, this.#volumes);
    this.#parent.add(face.group);
    this.#hooks.onAdded(resectionId, face.pick);
    return face;
  }

  #removeAllBut(kept: ReadonlySet<string>): void {
    for (const [id, view] of this.#views) {
      if (kept.has(id)) continue;
      this.#hooks.onRemoved(id);
      view.face.dispose();
      this.#views.delete(id);
    }
  }
}
