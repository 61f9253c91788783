// The anatomy on screen: structures and volumes of the scene, streamed by the view, and changed where the case changes.
import type { Camera, Group, WebGLRenderer } from "three";
import type { MeshPiece } from "../decode/mesh-pieces";
import type { EarlyStart } from "../early-start";
import type { SceneManifest } from "../protocol";
import type { UiStore } from "../ui-state";
import { defaultAppearance } from "./appearance";
import type { CutUniforms } from "./cut-uniforms";
import type { CutVolumes } from "./cut-volumes";
import { FramePace } from "./frame-pace";
import type { ViewPose } from "./level-choice";
import { SceneLoader } from "./scene-loader";
import { type LiverColours, StructureView } from "./structure-view";
import type { LabelSamples } from "./territory-field";
import { ViewWatch } from "./view-watch";

const PACE_EVERY_MS = 2000;

export interface AnatomyParts {
  readonly patient: Group;
  readonly ui: UiStore;
  readonly cut: CutUniforms;
  readonly liver: LiverColours;
  readonly volumes: CutVolumes;
}

export interface AnatomyHooks {
  onLabels(labels: LabelSamples): void;
  onFailure(error: unknown): void;
  requestFrame(): void;
}

export class Anatomy {
  readonly #parts: AnatomyParts;
  readonly #structures = new Map<string, StructureView>();
  readonly #loader: SceneLoader;
  readonly #pace = new FramePace();
  readonly #watch: ViewWatch;
  #follows = false;
  #inHeadset = false;
  #pacedMs = 0;

  constructor(early: EarlyStart, parts: AnatomyParts, hooks: AnatomyHooks) {
    this.#parts = parts;
    this.#watch = new ViewWatch((pose) => this.#choose(pose));
    this.#loader = new SceneLoader(early, {
      ...hooks,
      onVolume: (volume) => parts.volumes.show(volume),
      onProgress: (progress) => parts.ui.setState({ progress }),
    });
  }

  get structures(): ReadonlyMap<string, StructureView> {
    return this.#structures;
  }

  /** Every structure that is shown is on screen. */
  get complete(): boolean {
    return this.#loader.complete;
  }

  /** Something is on its way, or will be asked for once the view rests. */
  get loading(): boolean {
    return this.#loader.busy || this.#watch.moving;
  }

  get triangleBudget(): number {
    return this.#loader.triangleBudget;
  }

  get volumesShown(): number {
    return this.#loader.volumesShown;
  }

  /** Builds the scene, or changes it where the case changed; how things are shown stays. */
  setScene(manifest: SceneManifest): void {
    const { patient, ui, cut, liver } = this.#parts;
    liver.segments.setSegments(manifest.segments);
    const names = new Set(manifest.structures.map(({ name }) => name));
    const gone = [...this.#structures].filter(([name]) => !names.has(name));
    const appearances = { ...ui.getState().appearances };
    for (const [name] of gone) {
      this.#structures.delete(name);
      delete appearances[name];
    }
    for (const asset of manifest.structures) {
      const appearance = appearances[asset.name] ?? defaultAppearance(asset);
      appearances[asset.name] = appearance;
      const known = this.#structures.get(asset.name);
      if (known) {
        known.update(asset);
        continue;
      }
      const view = new StructureView(asset, cut, appearance, liver);
      this.#structures.set(asset.name, view);
      patient.add(view.group);
    }
    this.#loader.setScene(manifest, this.#structures);
    // After the loader has let go of what was on its way to them.
    for (const [, view] of gone) view.dispose();
    ui.setState({ appearances });
  }

  /** A mesh that belongs to no structure of the scene. */
  loadMesh(asset: string, priority: number): Promise<readonly MeshPiece[]> {
    return this.#loader.loadMesh(asset, priority);
  }

  /** The first picture is there: volumes and finer levels follow. */
  refine(): void {
    this.#loader.refine();
  }

  /** Takes over what this person chose to see. */
  syncAppearance(): void {
    const { appearances } = this.#parts.ui.getState();
    for (const [name, view] of this.#structures) {
      const appearance = appearances[name];
      if (appearance && appearance !== view.appearance) view.setAppearance(appearance);
    }
    const pose = this.#watch.latest;
    if (pose) this.#loader.choose(pose, { typicalMs: null, inHeadset: this.#inHeadset });
  }

  /** Once a frame, before it is drawn. True where another frame is needed at once. */
  update(renderer: WebGLRenderer, camera: Camera, nowMs: number): boolean {
    const inHeadset = renderer.xr.isPresenting;
    if (inHeadset !== this.#inHeadset) this.#pace.forget();
    this.#inHeadset = inHeadset;
    this.#pace.frame(nowMs, this.#follows || inHeadset);
    this.#watch.look(camera, this.#parts.patient, heightPixels(renderer));
    this.#keepPace(nowMs);
    const busy = this.#loader.step(renderer);
    return busy;
  }

  #choose(pose: ViewPose): void {
    this.#loader.choose(pose, { typicalMs: this.#pace.typicalMs, inHeadset: this.#inHeadset });
    this.#pace.forget();
  }

  /** A view that rests while a hand drags is late or quick as well: now and then the triangles are chosen anew. */
  #keepPace(nowMs: number): void {
    if (this.#pace.typicalMs === null || nowMs - this.#pacedMs < PACE_EVERY_MS) return;
    this.#pacedMs = nowMs;
    const pose = this.#watch.latest;
    if (pose) this.#choose(pose);
  }

  /** Whether the frame that was just prepared asks for another at once, for whatever reason. */
  followedByAnother(follows: boolean): void {
    this.#follows = follows;
  }

  dispose(): void {
    this.#watch.dispose();
    this.#loader.stop();
    for (const view of this.#structures.values()) view.dispose();
    this.#structures.clear();
  }
}

function heightPixels(renderer: WebGLRenderer): number {
  const layer = renderer.xr.isPresenting ? renderer.xr.getBaseLayer() : null;
  if (layer && "framebufferHeight" in layer) return layer.framebufferHeight;
  return renderer.domElement.height;
}
