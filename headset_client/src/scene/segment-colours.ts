// Couinaud segments as colours on the liver: a 3D texture of segment numbers and the colour of each.
import { Color, Matrix4 } from "three";
import type { SegmentAsset } from "../protocol";
import { placeholderTexture, type VolumeTexture } from "./volume-texture";

const MAX_SEGMENTS = 10;

/** Uniforms shared by reference by every material that shows the liver. */
export class SegmentColours {
  readonly uniforms = {
    uSegments: { value: placeholderTexture() },
    uSegmentsFromPatient: { value: new Matrix4() },
    uSegmentColours: { value: Array.from({ length: MAX_SEGMENTS }, () => new Color("#808080")) },
    uShowSegments: { value: 0 },
  };
  #wanted = false;
  #ready = false;

  /** Colours by value; a value without a segment stays grey. */
  setSegments(segments: readonly SegmentAsset[]): void {
    for (const segment of segments) this.uniforms.uSegmentColours.value[segment.value]?.set(segment.colour);
  }

  setVolume(volume: VolumeTexture): void {
    this.uniforms.uSegments.value = volume.texture;
    this.uniforms.uSegmentsFromPatient.value = volume.textureFromPatient;
    this.#ready = true;
    this.#apply();
  }

  setShown(shown: boolean): void {
    this.#wanted = shown;
    this.#apply();
  }

  #apply(): void {
    this.uniforms.uShowSegments.value = this.#wanted && this.#ready ? 1 : 0;
  }
}

/**
 * GLSL: the colour of the segment at a place, or `otherwise` where there is none. Borders are dark lines, so that
 * segments are told apart without colour too.
 */
export const SEGMENT_GLSL = /* glsl */ `
precision highp sampler3D;
uniform sampler3D uSegments;
uniform mat4 uSegmentsFromPatient;
uniform vec3 uSegmentColours[${MAX_SEGMENTS}];
uniform float uShowSegments;
int segmentAt(vec3 t) {
  bool inside = all(greaterThanEqual(t, vec3(0.0))) && all(lessThanEqual(t, vec3(1.0)));
  return inside ? int(texture(uSegments, t).r * 255.0 + 0.5) : 0;
}
vec3 segmentColour(vec3 patient, vec3 otherwise) {
  if (uShowSegments < 0.5) return otherwise;
  vec3 t = (uSegmentsFromPatient * vec4(patient, 1.0)).xyz;
  int here = segmentAt(t);
  if (here == 0) return otherwise;
  vec3 across = dFdx(t) * 1.2;
  vec3 down = dFdy(t) * 1.2;
  bool border = segmentAt(t + across) != here || segmentAt(t - across) != here
    || segmentAt(t + down) != here || segmentAt(t - down) != here;
  vec3 colour = uSegmentColours[0];
  for (int n = 1; n < ${MAX_SEGMENTS}; n++) if (n == here) colour = uSegmentColours[n];
  return border ? colour * 0.25 : colour;
}`;
