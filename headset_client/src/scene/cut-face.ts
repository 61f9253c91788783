// The resection plane on screen: the cut face inside the liver (CT, outline, margin bands) and the faint sheet around it.
import { Color, DoubleSide, Group, Matrix4, Mesh, PlaneGeometry, ShaderMaterial, Vector2, Vector3 } from "three";
import { bandColours, colours } from "../design/tokens";
import { type PlanePose, sheetHalfSize, sheetQuaternion } from "../geometry/plane-pose";
import type { VolumeAsset } from "../protocol";
import { CUT_GLSL, type CutUniforms } from "./cut-uniforms";
import { SEGMENT_GLSL, type SegmentColours } from "./segment-colours";
import { DRAW_ORDER } from "./structure-view";
import { placeholderTexture, type VolumeTexture } from "./volume-texture";

/** What a cut face samples linearly; segments are colours, see SegmentColours. */
type VolumeName = Exclude<VolumeAsset["name"], "segments">;

/** The grey levels of the CT on the cut: wide enough for vessels in contrast, narrow enough for lesions. */
const CT_WINDOW_HU = { low: -40, high: 220 } as const;

const VERTEX = /* glsl */ `
uniform mat4 uPatientFromWorld;
varying vec3 vPatient;
varying vec2 vSheet;
void main() {
  vec4 world = modelMatrix * vec4(position, 1.0);
  vPatient = (uPatientFromWorld * world).xyz;
  vSheet = position.xy * 2.0;
  gl_Position = projectionMatrix * viewMatrix * world;
}`;

const FIELD_GLSL = /* glsl */ `
precision highp sampler3D;
varying vec3 vPatient;
varying vec2 vSheet;
uniform sampler3D uLiver, uTumour, uCt;
uniform mat4 uLiverFromPatient, uTumourFromPatient, uCtFromPatient;
uniform vec2 uLiverRange, uTumourRange, uCtRange;
uniform vec3 uReady; // liver, tumour, CT
uniform int uSelf;
${CUT_GLSL}
bool inside(vec3 t) { return all(greaterThanEqual(t, vec3(0.0))) && all(lessThanEqual(t, vec3(1.0))); }
float field(sampler3D samples, mat4 fromPatient, vec2 range, float beyond) {
  vec3 t = (fromPatient * vec4(vPatient, 1.0)).xyz;
  return inside(t) ? mix(range.x, range.y, texture(samples, t).r) : beyond;
}
float line(float distance, float widthPixels) {
  // The fields have 8 bits and saturate: without the guard their flat ends become lines.
  float pixel = max(fwidth(distance), 1e-4);
  return 1.0 - smoothstep(widthPixels * 0.5, widthPixels * 0.5 + 1.0, abs(distance) / pixel);
}`;

const FACE = /* glsl */ `
uniform vec3 uOutline, uTissue, uBandTumour, uBand1, uBand5, uBand10;
uniform vec2 uWindow;
uniform float uShowCt, uShowBands;
${SEGMENT_GLSL}
void main() {
  if (uReady.x < 0.5) discard;
  if (resectedDistance(vPatient, uSelf) > 0.0) discard;
  float liver = field(uLiver, uLiverFromPatient, uLiverRange, uLiverRange.y);
  // Where the field's box ends the distance jumps, and a jump must not pass for an edge.
  float edge = clamp(fwidth(liver), 1e-4, 1.5);
  if (liver > edge) discard;
  vec3 colour = uTissue;
  if (uReady.z > 0.5 && uShowCt > 0.5) {
    float hu = field(uCt, uCtFromPatient, uCtRange, uCtRange.x);
    float grey = clamp((hu - uWindow.x) / (uWindow.y - uWindow.x), 0.0, 1.0);
    grey = pow(grey, 2.0); // the display applies sRGB
    colour = mix(vec3(grey), vec3(grey) * uTissue * 2.2, 0.22);
  }
  if (uShowSegments > 0.5) {
    vec3 segment = segmentColour(vPatient, colour);
    colour = mix(colour, segment, uShowCt > 0.5 && uReady.z > 0.5 ? 0.45 : 1.0);
  }
  if (uReady.y > 0.5 && uShowBands > 0.5) {
    float tumour = field(uTumour, uTumourFromPatient, uTumourRange, 99.0);
    vec3 band = tumour < 0.0 ? uBandTumour : tumour < 1.0 ? uBand1 : tumour < 5.0 ? uBand5 : uBand10;
    if (tumour < 10.0) colour = mix(colour, band, tumour < 0.0 ? 0.55 : 0.42);
    float isoline = max(line(tumour - 1.0, 1.0), max(line(tumour - 5.0, 1.0), line(tumour - 10.0, 1.6)));
    colour = mix(colour, vec3(0.02), isoline * 0.85);
    colour = mix(colour, vec3(1.0), line(tumour, 1.6));
  }
  colour = mix(colour, uOutline, line(liver + edge, 2.2));
  gl_FragColor = vec4(colour, 1.0);
  #include <colorspace_fragment>
}`;

const SHEET = /* glsl */ `
uniform vec3 uTint;
uniform vec2 uHalfSize;
uniform float uEmphasis;
void main() {
  if (uReady.x > 0.5 && resectedDistance(vPatient, uSelf) <= 0.0) {
    if (field(uLiver, uLiverFromPatient, uLiverRange, uLiverRange.y) < 0.0) discard;
  }
  // Rounded rectangle, distances in millimetres.
  vec2 fromCentre = abs(vSheet) * uHalfSize * 1000.0;
  vec2 corner = fromCentre - (uHalfSize * 1000.0 - 10.0);
  float outside = length(max(corner, 0.0)) + min(max(corner.x, corner.y), 0.0) - 10.0;
  if (outside > 0.0) discard;
  float pixel = max(fwidth(outside), 1e-4);
  float border = 1.0 - smoothstep(0.0, pixel, -outside - (1.0 + uEmphasis) * pixel);
  float fade = smoothstep(26.0, 0.0, -outside);
  float alpha = mix(0.055, 0.11, uEmphasis) + 0.10 * fade * fade;
  gl_FragColor = vec4(uTint, max(alpha, border * 0.95));
  #include <colorspace_fragment>
}`;

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
    uReady: { value: new Vector3() },
    uShowCt: { value: 1 },
    uShowBands: { value: 1 },
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

/** The volumes that every cut face samples, shared by reference. */
export class CutVolumes {
  readonly uniforms: FieldUniforms;
  readonly #segments: SegmentColours;

  constructor(segments: SegmentColours) {
    this.#segments = segments;
    this.uniforms = { ...fieldUniforms(), ...segments.uniforms };
  }

  show(volume: VolumeTexture): void {
    const { asset } = volume;
    if (asset.name === "segments") {
      this.#segments.setVolume(volume);
      return;
    }
    const prefix = PREFIX[asset.name];
    this.#set(prefix, volume.texture);
    this.#set(`${prefix}FromPatient`, volume.textureFromPatient);
    (this.uniforms[`${prefix}Range`]?.value as Vector2).set(asset.value_low, asset.value_high);
    (this.uniforms.uReady?.value as Vector3)[READY_AXIS[asset.name]] = 1;
  }

  setOptions(options: { readonly ct: boolean; readonly bands: boolean }): void {
    this.#set("uShowCt", options.ct ? 1 : 0);
    this.#set("uShowBands", options.bands ? 1 : 0);
  }

  #set(name: string, value: unknown): void {
    const uniform = this.uniforms[name];
    if (uniform) uniform.value = value;
  }
}

const unitSheet = new PlaneGeometry(1, 1);

export class CutFace {
  /** Placed at the plane, local +Z along its normal; the sheet is scaled inside. */
  readonly group = new Group();
  /** What pointers hit. */
  readonly pick: Mesh;
  readonly halfSize = { width: 0, height: 0 };
  readonly #face: ShaderMaterial;
  readonly #sheet: ShaderMaterial;
  readonly #meshes: readonly Mesh[];

  constructor(cut: CutUniforms, volumes: CutVolumes) {
    this.#face = new ShaderMaterial({
      uniforms: { ...cut, ...volumes.uniforms, ...faceColours(), uSelf: { value: 0 } },
      vertexShader: VERTEX,
      fragmentShader: FIELD_GLSL + FACE,
      side: DoubleSide,
    });
    this.#sheet = new ShaderMaterial({
      uniforms: {
        ...cut,
        ...volumes.uniforms,
        uSelf: { value: 0 },
        uTint: { value: new Color(colours.accent) },
        uHalfSize: { value: new Vector2() },
        uEmphasis: { value: 0 },
      },
      vertexShader: VERTEX,
      fragmentShader: FIELD_GLSL + SHEET,
      side: DoubleSide,
      transparent: true,
      depthWrite: false,
    });
    const face = new Mesh(unitSheet, this.#face);
    face.renderOrder = DRAW_ORDER.cutFace;
    const sheet = new Mesh(unitSheet, this.#sheet);
    sheet.renderOrder = DRAW_ORDER.sheet;
    this.pick = sheet;
    this.#meshes = [face, sheet];
    this.group.add(face, sheet);
  }

  place(pose: PlanePose, liverHalfSize: Vector3, index: number): void {
    const { halfWidth, halfHeight } = sheetHalfSize(pose.normal, liverHalfSize);
    this.halfSize.width = halfWidth;
    this.halfSize.height = halfHeight;
    this.group.position.copy(pose.point);
    sheetQuaternion(pose.normal, this.group.quaternion);
    for (const mesh of this.#meshes) mesh.scale.set(2 * halfWidth, 2 * halfHeight, 1);
    (this.#sheet.uniforms.uHalfSize?.value as Vector2).set(halfWidth, halfHeight);
    setUniform(this.#face, "uSelf", index);
    setUniform(this.#sheet, "uSelf", index);
  }

  /** The colour of who holds it, and whether a pointer is on it. */
  setTint(colour: string, emphasised: boolean): void {
    (this.#sheet.uniforms.uTint?.value as Color).set(colour);
    setUniform(this.#sheet, "uEmphasis", emphasised ? 1 : 0);
  }

  dispose(): void {
    this.#face.dispose();
    this.#sheet.dispose();
    this.group.removeFromParent();
  }
}

function setUniform(material: ShaderMaterial, name: string, value: number): void {
  const uniform = material.uniforms[name];
  if (uniform) uniform.value = value;
}

function faceColours(): Record<string, { value: unknown }> {
  return {
    uOutline: { value: new Color("#fff1d6") },
    uTissue: { value: new Color("#a8654d") },
    uBandTumour: { value: new Color(bandColours.tumour) },
    uBand1: { value: new Color(bandColours.under1) },
    uBand5: { value: new Color(bandColours.under5) },
    uBand10: { value: new Color(bandColours.under10) },
    uWindow: { value: new Vector2(CT_WINDOW_HU.low, CT_WINDOW_HU.high) },
  };
}
