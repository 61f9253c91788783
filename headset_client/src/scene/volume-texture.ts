// A 3D texture from a streamed volume: inflated off the main thread, uploaded in slabs so that no frame is missed.
import {
  Data3DTexture,
  LinearFilter,
  type Matrix4,
  NearestFilter,
  RedFormat,
  UnsignedByteType,
  Vector3,
  type WebGLRenderer,
} from "three";
import { textureFromGltf } from "../geometry/patient-frame";
import type { VolumeAsset } from "../protocol";

const SLAB_BYTES = 1024 * 1024;

export async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function texture(data: Uint8Array<ArrayBuffer> | null, shape: readonly [number, number, number]): Data3DTexture {
  const result = new Data3DTexture(data, ...shape);
  result.format = RedFormat;
  result.type = UnsignedByteType;
  result.minFilter = LinearFilter;
  result.magFilter = LinearFilter;
  result.unpackAlignment = 1;
  result.needsUpdate = true;
  return result;
}

/** Stands in until the real one is there, so that shaders need no second variant. */
export function placeholderTexture(): Data3DTexture {
  return texture(new Uint8Array([0]), [1, 1, 1]);
}

export class VolumeTexture {
  readonly texture: Data3DTexture;
  readonly asset: VolumeAsset;
  readonly textureFromPatient: Matrix4;
  readonly #samples: Uint8Array<ArrayBuffer>;
  #nextSlice = 0;
  #allocated = false;

  constructor(asset: VolumeAsset, samples: Uint8Array<ArrayBuffer>) {
    const [ni, nj, nk] = asset.shape_ijk;
    if (samples.byteLength !== ni * nj * nk) throw new RangeError(`volume ${asset.name} has a wrong length`);
    this.asset = asset;
    this.textureFromPatient = textureFromGltf(asset.lps_from_ijk, asset.shape_ijk);
    this.#samples = samples;
    this.texture = texture(null, asset.shape_ijk);
    if (asset.name === "segments") {
      // Numbers of segments have no values in between.
      this.texture.minFilter = NearestFilter;
      this.texture.magFilter = NearestFilter;
    }
    this.texture.source.dataReady = false;
  }

  get ready(): boolean {
    return this.#nextSlice >= this.asset.shape_ijk[2];
  }

  /** Uploads the next slab; call once a frame until `ready`. */
  uploadStep(renderer: WebGLRenderer): void {
    if (this.ready) return;
    if (!this.#allocated) {
      renderer.initTexture(this.texture);
      this.#allocated = true;
      return;
    }
    const [ni, nj, nk] = this.asset.shape_ijk;
    const slices = Math.min(nk - this.#nextSlice, Math.max(1, Math.floor(SLAB_BYTES / (ni * nj))));
    const from = this.#nextSlice * ni * nj;
    const slab = texture(this.#samples.slice(from, from + slices * ni * nj), [ni, nj, slices]);
    renderer.copyTextureToTexture(slab, this.texture, null, new Vector3(0, 0, this.#nextSlice));
    slab.dispose();
    this.#nextSlice += slices;
  }

  dispose(): void {
    this.texture.dispose();
  }
}
