// The plan as every cut material sees it: one set of uniforms, shared by reference, in the patient group's frame.
import {
  type Data3DTexture,
  DataArrayTexture,
  DataUtils,
  HalfFloatType,
  LinearFilter,
  Matrix4,
  type Object3D,
  RedFormat,
  Vector2,
  Vector3,
  Vector4,
} from "three";
import { FIELD_SIZE, type HeightField } from "../geometry/height-field";
import { MM_PER_METRE } from "../geometry/patient-frame";
import type { PlanePose } from "../geometry/plane-pose";
import { inPlaneAxes } from "../geometry/plane-pose";
import { coneRimMm, wedgePose } from "../geometry/wedge-pose";
import type { WedgeShape } from "../protocol";
import { TissueDetail } from "./tissue-detail";
import { placeholderTexture } from "./volume-texture";

/** As many as the server allows in one plan. */
export const MAX_CUTS = 16;

/**
 * The order cuts lie in: one loop a kind. A loop without a round is skipped by every device, while of an `if` some run
 * both sides; so a plan of planes reads no texture.
 */
export const CUT_ORDER = ["plane", "surface", "spheroid", "cone", "territory"] as const;
export type CutKind = (typeof CUT_ORDER)[number];

export class CutUniforms {
  readonly uniforms = {
    /** Three rows a cut: they take a patient point into the cut's own frame. */
    uCutRows: { value: Array.from({ length: 3 * MAX_CUTS }, () => new Vector4()) },
    /** What the kind needs beside its rows: a surface's layer, a cone's slope and depth. */
    uCuts: { value: Array.from({ length: MAX_CUTS }, () => new Vector2()) },
    /** Where planes, surfaces, spheroids and cones end; territories fill the rest up to the count. */
    uCutEnds: { value: new Vector4() },
    uCutCount: { value: 0 },
    /** One layer a curved cut, metres in half floats: 0.03 mm of error at 60 mm. */
    uHeights: { value: heightTexture() },
    /** Membership of the plan's territories together, 0 to 1; the boundary is at one half. */
    uTerritory: { value: placeholderTexture() },
    uTerritoryFromPatient: { value: new Matrix4() },
    uPatientFromWorld: { value: new Matrix4() },
  };
  /** Of the tissue that these cuts cut. */
  readonly detail: TissueDetail;
  readonly #right = new Vector3();
  readonly #up = new Vector3();

  constructor(detail = new TissueDetail()) {
    this.detail = detail;
  }

  /** Says which kinds the cuts 0, 1, ... are; they come in `CUT_ORDER`. */
  setKinds(kinds: readonly CutKind[]): void {
    const upTo = (kind: CutKind) => kinds.filter((one) => CUT_ORDER.indexOf(one) <= CUT_ORDER.indexOf(kind)).length;
    this.uniforms.uCutEnds.value.set(upTo("plane"), upTo("surface"), upTo("spheroid"), upTo("cone"));
    this.uniforms.uCutCount.value = kinds.length;
    if (kinds.some((kind) => kind !== "plane")) this.detail.becomeFull();
  }

  setPlane(index: number, { normal, point }: PlanePose): void {
    this.#row(index, 2).set(normal.x, normal.y, normal.z, -normal.dot(point));
  }

  /** Rows: texture coordinates in the height layer, and the height above the frame's plane. */
  setSurface(index: number, field: HeightField): void {
    const { origin, x, y, normal } = field.frame;
    this.#setMore(index, index);
    this.#setAxis(index, 0, x, origin, 0.5 / field.halfX, 0.5 - (0.5 * field.centreX) / field.halfX);
    this.#setAxis(index, 1, y, origin, 0.5 / field.halfY, 0.5 - (0.5 * field.centreY) / field.halfY);
    this.#setAxis(index, 2, normal, origin, 1, 0);
    this.#uploadHeights(index, field);
  }

  setWedge(index: number, shape: WedgeShape): void {
    const { point, axis } = wedgePose(shape);
    const { right, up } = inPlaneAxes(axis, this.#right, this.#up);
    if (shape.shape === "spheroid") {
      const across = MM_PER_METRE / shape.radius_across_mm;
      this.#setAxis(index, 0, right, point, across, 0);
      this.#setAxis(index, 1, up, point, across, 0);
      this.#setAxis(index, 2, axis, point, MM_PER_METRE / shape.radius_along_mm, 0);
      return;
    }
    this.#setMore(index, coneRimMm(shape) / shape.depth_mm, shape.depth_mm / MM_PER_METRE);
    this.#setAxis(index, 0, right, point, 1, 0);
    this.#setAxis(index, 1, up, point, 1, 0);
    this.#setAxis(index, 2, axis, point, 1, 0);
  }

  /** All territories of a plan are one cut. */
  setTerritory(texture: Data3DTexture, textureFromPatient: Matrix4): void {
    this.uniforms.uTerritory.value = texture;
    this.uniforms.uTerritoryFromPatient.value.copy(textureFromPatient);
  }

  followPatient(patient: Object3D): void {
    this.uniforms.uPatientFromWorld.value.copy(patient.matrixWorld).invert();
  }

  dispose(): void {
    this.uniforms.uHeights.value.dispose();
  }

  #row(index: number, row: number): Vector4 {
    return this.uniforms.uCutRows.value[3 * index + row] as Vector4;
  }

  #setMore(index: number, x: number, y = 0): void {
    this.uniforms.uCuts.value[index]?.set(x, y);
  }

  /** The row that takes a point to `scale` times its coordinate along `axis` from `origin`, plus `offset`. */
  #setAxis(index: number, row: number, axis: Vector3, origin: Vector3, scale: number, offset: number): void {
    this.#row(index, row).set(axis.x * scale, axis.y * scale, axis.z * scale, offset - scale * axis.dot(origin));
  }

  #uploadHeights(layer: number, field: HeightField): void {
    const texture = this.uniforms.uHeights.value;
    const data = texture.image.data as Uint16Array;
    const start = layer * FIELD_SIZE * FIELD_SIZE;
    for (let n = 0; n < field.heights.length; n++) {
      data[start + n] = DataUtils.toHalfFloat(field.heights[n] as number);
    }
    texture.addLayerUpdate(layer);
    texture.needsUpdate = true;
  }
}

function heightTexture(): DataArrayTexture {
  const data = new Uint16Array(FIELD_SIZE * FIELD_SIZE * MAX_CUTS);
  const texture = new DataArrayTexture(data, FIELD_SIZE, FIELD_SIZE, MAX_CUTS);
  texture.format = RedFormat;
  texture.type = HalfFloatType;
  texture.minFilter = LinearFilter;
  texture.magFilter = LinearFilter;
  texture.unpackAlignment = 1;
  texture.needsUpdate = true;
  return texture;
}

/**
 * GLSL: above zero where any cut but `skip` (-1: none) resects a place. Only its sign has one meaning for all kinds.
 * Textures are read at level 0 by name: in a branch there are no derivatives to choose one by.
 * SMALL is for plans of planes alone, see `TissueDetail`.
 */
export const CUT_GLSL = /* glsl */ `
precision highp sampler3D;
precision highp sampler2DArray;
uniform vec4 uCutRows[${3 * MAX_CUTS}];
uniform vec4 uCutEnds;
#ifdef SMALL
float resectedDistance(vec3 place, int skip) {
  float nearest = -1000.0;
  for (int i = 0; i < int(uCutEnds.x); i++) {
    if (i != skip) nearest = max(nearest, dot(uCutRows[3 * i + 2], vec4(place, 1.0)));
  }
  return nearest;
}
#else
uniform vec2 uCuts[${MAX_CUTS}];
uniform int uCutCount;
uniform sampler2DArray uHeights;
uniform sampler3D uTerritory;
uniform mat4 uTerritoryFromPatient;
vec3 inCut(int index, vec4 patient) {
  int row = 3 * index;
  return vec3(dot(uCutRows[row], patient), dot(uCutRows[row + 1], patient), dot(uCutRows[row + 2], patient));
}
float inTerritory(vec4 patient) {
  vec3 t = (uTerritoryFromPatient * patient).xyz;
  bool inside = all(greaterThanEqual(t, vec3(0.0))) && all(lessThanEqual(t, vec3(1.0)));
  return inside ? textureLod(uTerritory, t, 0.0).r - 0.5 : -1.0;
}
float resectedDistance(vec3 place, int skip) {
  vec4 patient = vec4(place, 1.0);
  ivec4 ends = ivec4(uCutEnds);
  float nearest = -1000.0;
  for (int i = 0; i < ends.x; i++) {
    if (i != skip) nearest = max(nearest, dot(uCutRows[3 * i + 2], patient));
  }
  for (int i = ends.x; i < ends.y; i++) {
    vec3 at = inCut(i, patient);
    if (i != skip) nearest = max(nearest, at.z - textureLod(uHeights, vec3(at.xy, uCuts[i].x), 0.0).r);
  }
  for (int i = ends.y; i < ends.z; i++) {
    if (i != skip) nearest = max(nearest, 1.0 - length(inCut(i, patient)));
  }
  for (int i = ends.z; i < ends.w; i++) {
    vec3 at = inCut(i, patient);
    if (i != skip) nearest = max(nearest, min(at.z * uCuts[i].x - length(at.xy), uCuts[i].y - at.z));
  }
  for (int i = ends.w; i < uCutCount; i++) {
    if (i != skip) nearest = max(nearest, inTerritory(patient));
  }
  return nearest;
}
#endif`;
