// The volumes of a scene on their way: slabs are fetched from the middle outwards and go up to the card a little a frame.
import type { WebGLRenderer } from "three";
import type { VolumeAsset, VolumeSlab } from "../protocol";
import { type LabelSamples, labelSamples } from "./territory-field";
import { isSameVolume, slabsFrom, type VolumeStep } from "./volume-order";
import { VolumeTexture } from "./volume-texture";

/** Of a frame's time, and of what the card is given; a slab is about a megabyte. */
const FRAME_SHARE_MS = 1;
const BYTES_A_FRAME = 4 * 1024 * 1024;

export interface VolumeStreamHooks {
  fetch(asset: string, priority: number): Promise<Uint8Array<ArrayBuffer>>;
  cancel(asset: string): void;
  inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
  /** May be read from now on, as far as it is filled. */
  onVolume(volume: VolumeTexture): void;
  /** Numbers of segments or branches, for what is made of them here. */
  onLabels(labels: LabelSamples): void;
  onFailure(error: unknown): void;
  onChange(): void;
}

interface Loading {
  readonly volume: VolumeAsset;
  /** Null where no shader reads it: territories are drawn from what is made of its numbers. */
  readonly texture: VolumeTexture | null;
  /** Null where only shaders read it. */
  readonly samples: Uint8Array<ArrayBuffer> | null;
  /** Fetched and not yet on the card. */
  readonly arrived: { readonly slab: VolumeSlab; readonly samples: Uint8Array<ArrayBuffer> }[];
  readonly missing: Set<VolumeSlab>;
  allocated: boolean;
  failed: boolean;
}

export class VolumeStream {
  readonly #hooks: VolumeStreamHooks;
  readonly #loads: Loading[] = [];
  /** What shaders read, by name. */
  readonly #shown = new Map<string, VolumeTexture>();
  #stopped = false;

  constructor(hooks: VolumeStreamHooks) {
    this.#hooks = hooks;
  }

  /** What there should be now: what is there or under way goes on, what is no longer asked for is given up. */
  want(steps: readonly VolumeStep[], focusK: (volume: VolumeAsset) => number): void {
    for (const load of [...this.#loads]) {
      if (steps.some(({ volume }) => isSameVolume(volume, load.volume))) continue;
      this.#giveUp(load);
    }
    for (const { volume, priority } of steps) {
      if (this.#loads.some((load) => isSameVolume(volume, load.volume))) continue;
      const load = newLoading(volume);
      this.#loads.push(load);
      this.#start(load, priority, focusK(volume));
    }
  }

  get progress(): { readonly done: number; readonly steps: number; readonly failed: number } {
    const failed = this.#loads.filter((load) => load.failed).length;
    return { done: this.#loads.filter(isDone).length, steps: this.#loads.length, failed };
  }

  /** How many volumes shaders read, whole. */
  get whole(): number {
    return [...this.#shown.values()].filter(({ ready }) => ready).length;
  }

  /** Takes up what a frame allows; call before it is drawn. True while more waits. */
  step(renderer: WebGLRenderer): boolean {
    const untilMs = performance.now() + FRAME_SHARE_MS;
    let left = BYTES_A_FRAME;
    for (const load of this.#loads) {
      if (load.texture && !load.allocated) {
        load.texture.allocate(renderer);
        load.allocated = true;
        return true;
      }
      for (let next = load.arrived[0]; next; next = load.arrived[0]) {
        if (left < next.samples.byteLength || performance.now() > untilMs) return true;
        load.arrived.shift();
        left -= next.samples.byteLength;
        load.texture?.upload(renderer, next.slab, next.samples);
        this.#uploaded(load);
      }
    }
    return false;
  }

  stop(): void {
    this.#stopped = true;
    for (const load of [...this.#loads]) this.#giveUp(load);
    for (const texture of this.#shown.values()) texture.dispose();
    this.#shown.clear();
  }

  #start(load: Loading, priority: number, focusK: number): void {
    const { volume } = load;
    // Empty slabs are equal: one asset, fetched and unpacked once.
    const slabsOf = Map.groupBy(slabsFrom(volume.slabs, focusK), ({ asset }) => asset);
    [...slabsOf].forEach(([asset, slabs], n) => {
      this.#load(load, asset, slabs, priority + n / (slabsOf.size + 1)).catch((error: unknown) => {
        if (this.#stopped || !this.#loads.includes(load)) return;
        const isFirst = !load.failed;
        load.failed = true;
        if (isFirst) this.#hooks.onFailure(error);
        this.#hooks.onChange();
      });
    });
  }

  async #load(load: Loading, asset: string, slabs: readonly VolumeSlab[], priority: number): Promise<void> {
    const samples = await this.#hooks.inflate(await this.#hooks.fetch(asset, priority));
    if (this.#stopped || !this.#loads.includes(load)) return;
    const [ni, nj] = load.volume.shape_ijk;
    for (const slab of slabs) {
      load.samples?.set(samples, slab.first_k * ni * nj * load.volume.bytes_per_sample);
      load.missing.delete(slab);
      if (load.texture) load.arrived.push({ slab, samples });
    }
    if (load.samples && load.missing.size === 0) this.#hooks.onLabels(labelSamples(load.volume, load.samples));
    this.#hooks.onChange();
  }

  #uploaded(load: Loading): void {
    const { texture, volume } = load;
    if (!texture) return;
    const shown = this.#shown.get(volume.name);
    // A cut through half a CT shows what is there; half a distance field would draw a wrong outline.
    const isReadable = texture.ready ? !this.#isFiner(shown, texture) : volume.name === "ct" && shown === undefined;
    if (isReadable && shown !== texture) {
      this.#shown.set(volume.name, texture);
      this.#hooks.onVolume(texture);
      shown?.dispose();
    }
    if (texture.ready) this.#hooks.onChange();
  }

  /** The full CT of the same case does not make way for the half one. */
  #isFiner(shown: VolumeTexture | undefined, texture: VolumeTexture): boolean {
    if (!shown || !this.#loads.some((load) => load.texture === shown)) return false;
    return shown.asset.detail === "full" && texture.asset.detail === "half";
  }

  /** What shaders read stays until its successor is there. */
  #giveUp(load: Loading): void {
    this.#loads.splice(this.#loads.indexOf(load), 1);
    for (const { asset } of load.missing) this.#hooks.cancel(asset);
    if (load.texture && this.#shown.get(load.volume.name) !== load.texture) load.texture.dispose();
  }
}

function newLoading(volume: VolumeAsset): Loading {
  const isOfBranches = volume.name === "portal_branches" || volume.name === "hepatic_branches";
  const isDrawn = !isOfBranches;
  const isCounted = volume.name === "segments" || isOfBranches;
  const [ni, nj, nk] = volume.shape_ijk;
  return {
    volume,
    texture: isDrawn ? new VolumeTexture(volume) : null,
    samples: isCounted ? new Uint8Array(ni * nj * nk * volume.bytes_per_sample) : null,
    arrived: [],
    missing: new Set(volume.slabs),
    allocated: false,
    failed: false,
  };
}

function isDone(load: Loading): boolean {
  return load.missing.size === 0 && (load.texture?.ready ?? true);
}
