// Streams the scene in: fetches by plan, decodes, and mounts at most one primitive or texture slab a frame.
import type { WebGLRenderer } from "three";
import type { VolumeAsset } from "../protocol";
import type { FetchStep } from "./level-choice";
import { type DecodedPrimitive, decodeMeshes } from "./mesh-decoder";
import type { StructureView } from "./structure-view";
import { type LabelSamples, labelSamples } from "./territory-field";
import { inflate, VolumeTexture } from "./volume-texture";

export interface LoadProgress {
  readonly stepsDone: number;
  readonly steps: number;
  /** Structures with at least one level on screen. */
  readonly structuresShown: number;
  readonly structures: number;
  readonly failed: number;
}

export interface LoaderHooks {
  fetch(asset: string, priority: number): Promise<Uint8Array<ArrayBuffer>>;
  onVolume(volume: VolumeTexture): void;
  /** Numbers of segments or branches, for what is made of them here. */
  onLabels(labels: LabelSamples): void;
  onProgress(progress: LoadProgress): void;
  onFailure(error: unknown): void;
  /** There is something to mount: draw a frame. */
  requestFrame(): void;
}

interface MountJob {
  readonly view: StructureView;
  readonly level: number;
  readonly primitives: DecodedPrimitive[];
  /** Everything is mounted; one frame later the old level may go. */
  whole: boolean;
}

export class SceneLoader {
  readonly #views: ReadonlyMap<string, StructureView>;
  readonly #hooks: LoaderHooks;
  readonly #mounting: MountJob[] = [];
  readonly #uploading: VolumeTexture[] = [];
  readonly #steps: number;
  #done = 0;
  #failed = 0;
  #stopped = false;

  constructor(plan: readonly FetchStep[], views: ReadonlyMap<string, StructureView>, hooks: LoaderHooks) {
    this.#views = views;
    this.#hooks = hooks;
    this.#steps = plan.length;
    plan.forEach((step, priority) => {
      const loading = step.kind === "mesh" ? this.#loadMesh(step, priority) : this.#loadVolume(step.volume, priority);
      loading.catch((error: unknown) => this.#fail(error));
    });
  }

  get busy(): boolean {
    return this.#done + this.#failed < this.#steps;
  }

  /** One small piece of work; call once a frame before rendering. True while there is more to do now. */
  step(renderer: WebGLRenderer): boolean {
    this.#mountOne();
    const volume = this.#uploading[0];
    if (volume) {
      volume.uploadStep(renderer);
      if (volume.ready) {
        this.#uploading.shift();
        this.#hooks.onVolume(volume);
        this.#finishStep();
      }
    }
    return this.#mounting.length > 0 || this.#uploading.length > 0;
  }

  stop(): void {
    this.#stopped = true;
    for (const job of this.#mounting) for (const primitive of job.primitives) primitive.geometry.dispose();
    for (const volume of this.#uploading) volume.dispose();
  }

  async #loadMesh(step: Extract<FetchStep, { kind: "mesh" }>, priority: number): Promise<void> {
    const view = this.#views.get(step.structure);
    if (!view) return;
    const primitives = await decodeMeshes(await this.#hooks.fetch(step.asset, priority));
    if (this.#stopped) return;
    this.#mounting.push({ view, level: step.level, primitives: [...primitives], whole: false });
    this.#hooks.requestFrame();
  }

  async #loadVolume(asset: VolumeAsset, priority: number): Promise<void> {
    const samples = joined(
      await Promise.all(asset.slabs.map(async (slab) => inflate(await this.#hooks.fetch(slab.asset, priority)))),
    );
    if (this.#stopped) return;
    if (asset.name === "segments" || asset.name === "portal_branches")
      this.#hooks.onLabels(labelSamples(asset, samples));
    if (asset.name === "portal_branches") {
      // No shader reads it: territories are drawn from what is made of it.
      this.#finishStep();
      this.#hooks.requestFrame();
      return;
    }
    this.#uploading.push(new VolumeTexture(asset, samples));
    this.#hooks.requestFrame();
  }

  /** Lets finished levels go, then mounts one primitive; what is hidden costs no frame and goes up whole. */
  #mountOne(): void {
    for (let job = this.#mounting[0]; job; job = this.#mounting[0]) {
      const known = job.view.level !== null && job.view.level <= job.level;
      if (known) for (const primitive of job.primitives) primitive.geometry.dispose();
      else if (job.whole) job.view.finish(job.level);
      else {
        const primitive = job.primitives.shift();
        if (primitive) job.view.mount(primitive);
        job.whole = job.primitives.length === 0;
        if (job.view.appearance.visible) return;
        continue;
      }
      this.#mounting.shift();
      this.#finishStep();
    }
  }

  #finishStep(): void {
    this.#done += 1;
    this.#report();
  }

  #fail(error: unknown): void {
    if (this.#stopped) return;
    this.#failed += 1;
    this.#hooks.onFailure(error);
    this.#report();
  }

  #report(): void {
    const views = [...this.#views.values()];
    this.#hooks.onProgress({
      stepsDone: this.#done,
      steps: this.#steps,
      structuresShown: views.filter((view) => view.level !== null).length,
      structures: views.length,
      failed: this.#failed,
    });
  }
}

function joined(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
