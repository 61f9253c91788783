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
  Vector3,
  Vector4,
} from "three";
import { FIELD_SIZE, type HeightField } from "../geometry/height-field";
import { MM_PER_METRE } from "../geometry/patient-frame";
import type { PlanePose } from "../geometry/plane-pose";
import { inPlaneAxes } from "../geometry/plane-pose";
import { coneRimMm, wedgePose } from "../geometry/wedge-pose";
import type { WedgeShape } from "../protocol";
import { placeholderTexture } from "./volume-texture";

/** As many as the server allows in one plan. */
export const MAX_CUTS = 16;

const KIND = { plane: 0, surface: 1, spheroid: 2, cone: 3, territory: 4 } as const;

export class CutUniforms {
  readonly uniforms = {
    /** Three rows a cut: they take a patient point into the cut's own frame. */
    uCutRows: { value: Array.from({ length: 3 * MAX_CUTS }, () => new Vector4()) },
    /** (kind, and what the kind needs). */
    uCuts: { value: Array.from({ length: MAX_CUTS }, () => new Vector4()) },
    uCutCount: { value: 0 },
    /** One layer a curved cut, metres in half floats: 0.03 mm of error at 60 mm. */
    uHeights: { value: heightTexture() },
    /** Membership of the plan's territories together, 0 to 1; the boundary is at one half. */
    uTerritory: { value: placeholderTexture() },
    uTerritoryFromPatient: { value: new Matrix4() },
    uPatientFromWorld: { value: new Matrix4() },
  };
  readonly #right = new Vector3();
  readonly #up = new Vector3();

  set count(count: number) {
    this.uniforms.uCutCount.value = Math.min(MAX_CUTS, count);
  }

  setPlane(index: number, { normal, point }: PlanePose): void {
    this.#setKind(index, KIND.plane);
    this.#row(index, 2).set(normal.x, normal.y, normal.z, -normal.dot(point));
  }

  /** Rows: texture coordinates in the height layer, and the height above the frame's plane. */
  setSurface(index: number, field: HeightField): void {
    const { origin, x, y, normal } = field.frame;
    this.#setKind(index, KIND.surface, index);
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
      this.#setKind(index, KIND.spheroid);
      this.#setAxis(index, 0, right, point, across, 0);
      this.#setAxis(index, 1, up, point, across, 0);
      this.#setAxis(index, 2, axis, point, MM_PER_METRE / shape.radius_along_mm, 0);
      return;
    }
    this.#setKind(index, KIND.cone, coneRimMm(shape) / shape.depth_mm, shape.depth_mm / MM_PER_METRE);
    this.#setAxis(index, 0, right, point, 1, 0);
    this.#setAxis(index, 1, up, point, 1, 0);
    this.#setAxis(index, 2, axis, point, 1, 0);
  }

  /** All territories of a plan are one cut. */
  setTerritory(index: number, texture: Data3DTexture, textureFromPatient: Matrix4): void {
    this.#setKind(index, KIND.territory);
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

  #setKind(index: number, kind: number, y = 0, z = 0): void {
    this.uniforms.uCuts.value[index]?.set(kind, y, z, 0);
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
 */
export const CUT_GLSL = /* glsl */ `
precision highp sampler3D;
precision highp sampler2DArray;
uniform vec4 uCutRows[${3 * MAX_CUTS}];
uniform vec4 uCuts[${MAX_CUTS}];
uniform int uCutCount;
uniform sampler2DArray uHeights;
uniform sampler3D uTerritory;
uniform mat4 uTerritoryFromPatient;
float cutDistance(int index, vec4 patient) {
  vec4 cut = uCuts[index];
  int kind = int(cut.x + 0.5);
  if (kind == ${KIND.territory}) {
    vec3 t = (uTerritoryFromPatient * patient).xyz;
    bool inside = all(greaterThanEqual(t, vec3(0.0))) && all(lessThanEqual(t, vec3(1.0)));
    return inside ? textureLod(uTerritory, t, 0.0).r - 0.5 : -1.0;
  }
  float z = dot(uCutRows[3 * index + 2], patient);
  if (kind == ${KIND.plane}) return z;
  vec2 xy = vec2(dot(uCutRows[3 * index], patient), dot(uCutRows[3 * index + 1], patient));
  if (kind == ${KIND.surface}) return z - textureLod(uHeights, vec3(xy, cut.y), 0.0).r;
  if (kind == ${KIND.spheroid}) return 1.0 - length(vec3(xy, z));
  return min(z * cut.y - length(xy), cut.z - z);
}
float resectedDistance(vec3 patient, int skip) {
  float nearest = -1000.0;
  for (int i = 0; i < ${MAX_CUTS}; i++) {
    if (i >= uCutCount) break;
    if (i != skip) nearest = max(nearest, cutDistance(i, vec4(patient, 1.0)));
  }
  return nearest;
}`;
