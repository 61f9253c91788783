// The volumes that every cut face samples: distances to liver and tumours, the CT, the segments.
import { Matrix4, Vector2, Vector3 } from "three";
import type { VolumeAsset } from "../protocol";
import { CT_WINDOWS, type CtWindow } from "./ct-window";
import type { SegmentColours } from "./segment-colours";
import { placeholderTexture, type VolumeTexture } from "./volume-texture";

/** What a cut face samples linearly; segments are colours, see SegmentColours. */
type VolumeName = "liver_distance" | "tumour_distance" | "ct";

interface FieldUniforms {
  readonly [name: string]: { value: unknown };
}

function fieldUniforms(): FieldUniforms {
  const nothing = placeholderTexture();
  return {
    uLiver: { value: nothing },
    uTumour: { value: nothing },
    uCt: { value: nothing },
    uLiverFromPatient: { value: new Matrix4() },
    uTumourFromPatient: { value: new Matrix4() },
    uCtFromPatient: { value: new Matrix4() },
    uLiverRange: { value: new Vector2() },
    uTumourRange: { value: new Vector2() },
    uCtRange: { value: new Vector2() },
    uCtFilled: { value: new Vector2(0, 1) },
    uReady: { value: new Vector3() },
    uShowCt: { value: 1 },
    uShowBands: { value: 1 },
    uWindow: { value: new Vector2(CT_WINDOWS.planning.low, CT_WINDOWS.planning.high) },
  };
}

const PREFIX: Readonly<Record<VolumeName, string>> = {
  liver_distance: "uLiver",
  tumour_distance: "uTumour",
  ct: "uCt",
};
const READY_AXIS: Readonly<Record<VolumeName, "x" | "y" | "z">> = {
  liver_distance: "x",
  tumour_distance: "y",
  ct: "z",
};

function isField(name: VolumeAsset["name"]): name is VolumeName {
  return name in PREFIX;
}

/** Shared by reference. */
export class CutVolumes {
  readonly uniforms: FieldUniforms;
  readonly #segments: SegmentColours;

  constructor(segments: SegmentColours) {
    this.#segments = segments;
    this.uniforms = { ...fieldUniforms(), ...segments.uniforms };
  }

  show(volume: VolumeTexture): void {
    const { asset } = volume;
    if (asset.name === "segments") this.#segments.setVolume(volume);
    if (!isField(asset.name)) return;
    const prefix = PREFIX[asset.name];
    this.#set(prefix, volume.texture);
    this.#set(`${prefix}FromPatient`, volume.textureFromPatient);
    (this.uniforms[`${prefix}Range`]?.value as Vector2).set(asset.value_low, asset.value_high);
    if (asset.name === "ct") this.#set("uCtFilled", volume.filled);
    (this.uniforms.uReady?.value as Vector3)[READY_AXIS[asset.name]] = 1;
  }

  setOptions(options: { readonly ct: boolean; readonly bands: boolean; readonly window: CtWindow }): void {
    (this.uniforms.uWindow?.value as Vector2).set(options.window.low, options.window.high);
    this.#set("uShowCt", options.ct ? 1 : 0);
    this.#set("uShowBands", options.bands ? 1 : 0);
  }

  #set(name: string, value: unknown): void {
    const uniform = this.uniforms[name];
    if (uniform) uniform.value = value;
  }
}
