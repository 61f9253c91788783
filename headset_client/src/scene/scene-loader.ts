// Streams the scene in: decides what to fetch by the view and the link, and mounts a little of what came each frame.
import type { WebGLRenderer } from "three";
import { decodeMesh } from "../decode/decode-mesh";
import { Decoder } from "../decode/decoder";
import type { MeshPiece } from "../decode/mesh-pieces";
import type { EarlyStart } from "../early-start";
import type { Device, PointLps, SceneManifest, VolumeAsset } from "../protocol";
import { AssetCancelled, type AssetClient } from "../session/asset-client";
import { adaptedBudget } from "./frame-pace";
import { chooseLevels, TRIANGLE_BUDGETS, type ViewPose } from "./level-choice";
import { MESH_BUDGETS } from "./mesh-memory";
import { MeshStream, shownStructures } from "./mesh-stream";
import type { StructureView } from "./structure-view";
import type { LabelSamples } from "./territory-field";
import { nearestSlice, volumeSteps } from "./volume-order";
import { VolumeStream } from "./volume-stream";
import type { VolumeTexture } from "./volume-texture";

/** What frames should take: a headset's own rhythm, and half of a screen's. */
const FRAME_TARGETS_MS = { headset: 1000 / 72, tablet: 1000 / 30, desktop: 1000 / 30 } as const;

export interface LoadProgress {
  readonly stepsDone: number;
  readonly steps: number;
  /** Structures with at least one level on screen. */
  readonly structuresShown: number;
  readonly structures: number;
  readonly failed: number;
}

/** How frames go. */
export interface Pace {
  /** Null where it is not known. */
  readonly typicalMs: number | null;
  /** Whatever the device is: a computer draws for the headset at its cable. */
  readonly inHeadset: boolean;
}

export interface LoaderHooks {
  onVolume(volume: VolumeTexture): void;
  /** Numbers of segments or branches, for what is made of them here. */
  onLabels(labels: LabelSamples): void;
  onProgress(progress: LoadProgress): void;
  onFailure(error: unknown): void;
  /** There is something to mount: draw a frame. */
  requestFrame(): void;
}

export class SceneLoader {
  readonly #device: Device;
  readonly #assets: AssetClient;
  readonly #hooks: LoaderHooks;
  readonly #decoder = new Decoder();
  readonly #meshes: MeshStream;
  readonly #volumes: VolumeStream;
  #triangles: number;
  #views: ReadonlyMap<string, StructureView> = new Map();
  #manifest: SceneManifest | null = null;
  #refining = false;
  #volumesWanted = false;
  #pose: ViewPose | null = null;

  constructor(early: EarlyStart, hooks: LoaderHooks) {
    const { assets, device } = early.session;
    this.#device = device;
    this.#assets = assets;
    this.#hooks = hooks;
    this.#triangles = TRIANGLE_BUDGETS[device];
    const shared = {
      cancel: (asset: string) => assets.cancel(asset),
      onFailure: (error: unknown) => {
        if (!(error instanceof AssetCancelled)) hooks.onFailure(error);
      },
      onChange: () => this.#changed(),
    };
    this.#meshes = new MeshStream(MESH_BUDGETS[device], {
      ...shared,
      prioritise: (asset, priority) => assets.prioritise(asset, priority),
      load: async (asset, priority) => {
        const bytes = (await early.opening)?.assets.get(asset);
        // Coarsest levels are a few milliseconds of work together; the worker takes longer to start.
        return bytes ? decodeMesh(bytes) : this.#decoder.mesh(await assets.get(asset, priority));
      },
      bytesPerSecond: () => assets.bytesPerSecond,
    });
    this.#volumes = new VolumeStream({
      ...shared,
      fetch: (asset, priority) => assets.get(asset, priority),
      inflate: (bytes) => this.#decoder.inflate(bytes),
      onVolume: hooks.onVolume,
      onLabels: hooks.onLabels,
    });
  }

  /** Something that should be there is not, and may still come. */
  get busy(): boolean {
    const { stepsDone, steps, failed } = this.#progress();
    return !this.#volumesWanted || stepsDone + failed < steps;
  }

  /** Every structure that is shown is on screen. */
  get complete(): boolean {
    return this.#manifest !== null && this.#meshes.complete;
  }

  /** A frame may have so many now, as frames go. */
  get triangleBudget(): number {
    return this.#triangles;
  }

  get volumesShown(): number {
    return this.#volumes.whole;
  }

  /** The scene, at first or changed: what stayed the same is not fetched again. */
  setScene(manifest: SceneManifest, views: ReadonlyMap<string, StructureView>): void {
    this.#manifest = manifest;
    this.#views = views;
    this.#meshes.setViews(views);
    this.#volumesWanted = false;
    this.#changed();
  }

  /** The first picture was drawn: before it, nothing takes time or bytes from it. */
  refine(): void {
    this.#refining = true;
    this.#changed();
  }

  /** The view came to rest, or what is shown changed. */
  choose(pose: ViewPose, { typicalMs, inHeadset }: Pace): void {
    this.#pose = pose;
    const device = inHeadset ? "headset" : this.#device;
    const most = TRIANGLE_BUDGETS[device];
    this.#triangles = adaptedBudget(Math.min(most, this.#triangles), most, typicalMs, FRAME_TARGETS_MS[device]);
    this.#chooseLevels();
  }

  /** One small piece of work; call once a frame before rendering. True while there is more to do now. */
  step(renderer: WebGLRenderer): boolean {
    const waitsForMeshes = this.#meshes.step();
    return this.#volumes.step(renderer) || waitsForMeshes;
  }

  /** A mesh that belongs to no structure of the scene. */
  async loadMesh(asset: string, priority: number): Promise<readonly MeshPiece[]> {
    return this.#decoder.mesh(await this.#assets.get(asset, priority));
  }

  stop(): void {
    this.#meshes.stop();
    this.#volumes.stop();
    this.#decoder.dispose();
  }

  #chooseLevels(): void {
    if (!this.#refining || !this.#pose) return;
    this.#meshes.choose(chooseLevels(shownStructures(this.#views.values()), this.#pose, this.#triangles));
    this.#hooks.requestFrame();
  }

  #changed(): void {
    if (this.#refining && !this.#volumesWanted && this.#manifest) {
      this.#volumesWanted = true;
      this.#wantVolumes(this.#manifest);
      this.#chooseLevels();
    }
    this.#hooks.onProgress(this.#progress());
    this.#hooks.requestFrame();
  }

  #wantVolumes({ volumes, focus_lps_mm }: SceneManifest): void {
    const focus: PointLps = focus_lps_mm;
    const steps = volumeSteps(volumes, this.#device, this.#assets.bytesPerSecond);
    this.#volumes.want(steps, (volume: VolumeAsset) => nearestSlice(volume, focus));
  }

  #progress(): LoadProgress {
    const [meshes, volumes] = [this.#meshes.progress, this.#volumes.progress];
    const views = [...this.#views.values()];
    return {
      stepsDone: meshes.done + volumes.done,
      steps: meshes.steps + volumes.steps,
      structuresShown: views.filter((view) => view.shown !== null).length,
      structures: views.length,
      failed: meshes.failed + volumes.failed,
    };
  }
}
