// A 3D texture that fills from streamed slabs, a little a frame, so that no frame is missed.
import {
  Data3DTexture,
  LinearFilter,
  type Matrix4,
  NearestFilter,
  RedFormat,
  UnsignedByteType,
  Vector2,
  Vector3,
  type WebGLRenderer,
} from "three";
import { textureFromGltf } from "../geometry/patient-frame";
import type { VolumeAsset, VolumeSlab } from "../protocol";

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
  /** First and last texture coordinate along k that may be read: slabs grow it from where they began. */
  readonly filled = new Vector2(1, 0);
  readonly #slices: { first: number; end: number } = { first: 0, end: 0 };
  readonly #waiting = new Map<number, { readonly end: number }>();
  #uploaded = 0;

  constructor(asset: VolumeAsset) {
    this.asset = asset;
    this.textureFromPatient = textureFromGltf(asset.lps_from_ijk, asset.shape_ijk);
    this.texture = texture(null, asset.shape_ijk);
    if (asset.name === "segments") {
      // Numbers of segments have no values in between.
      this.texture.minFilter = NearestFilter;
      this.texture.magFilter = NearestFilter;
    }
    this.texture.source.dataReady = false;
  }

  get ready(): boolean {
    return this.#uploaded >= this.asset.shape_ijk[2];
  }

  /** Takes the room on the graphics card; in a headset that should not happen while it is worn. */
  allocate(renderer: WebGLRenderer): void {
    renderer.initTexture(this.texture);
  }

  upload(renderer: WebGLRenderer, slab: VolumeSlab, samples: Uint8Array<ArrayBuffer>): void {
    const [ni, nj] = this.asset.shape_ijk;
    if (samples.byteLength !== ni * nj * slab.slices) {
      throw new RangeError(`a slab of ${this.asset.name} has a wrong length`);
    }
    const part = texture(samples, [ni, nj, slab.slices]);
    renderer.copyTextureToTexture(part, this.texture, null, new Vector3(0, 0, slab.first_k));
    part.dispose();
    this.#uploaded += slab.slices;
    this.#extend(slab);
  }

  dispose(): void {
    this.texture.dispose();
  }

  /** What joins the filled range without a gap extends it; the rest waits for its neighbour. */
  #extend(slab: VolumeSlab): void {
    this.#waiting.set(slab.first_k, { end: slab.first_k + slab.slices });
    const range = this.#slices;
    if (range.end === range.first) {
      range.first = slab.first_k;
      range.end = slab.first_k;
    }
    for (let grown = true; grown; ) {
      grown = false;
      for (const [first, { end }] of this.#waiting) {
        if (first === range.end) range.end = end;
        else if (end === range.first) range.first = first;
        else continue;
        this.#waiting.delete(first);
        grown = true;
      }
    }
    const nk = this.asset.shape_ijk[2];
    // Half a sample within, where a neighbour is missing: in between, values would be mixed with nothing.
    this.filled.set(range.first === 0 ? 0 : (range.first + 0.5) / nk, range.end === nk ? 1 : (range.end - 0.5) / nk);
  }
}
