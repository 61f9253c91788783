// The plan as every cut material sees it: one set of uniforms, shared by reference, in the patient group's frame.
import { Matrix4, type Object3D, Vector4 } from "three";
import type { PlanePose } from "../geometry/plane-pose";

export const MAX_PLANES = 8;

export interface CutUniforms {
  /** (normal, offset): positive on the resected side, metres. */
  readonly uPlanes: { readonly value: readonly Vector4[] };
  readonly uPlaneCount: { value: number };
  readonly uPatientFromWorld: { readonly value: Matrix4 };
}

export function createCutUniforms(): CutUniforms {
  return {
    uPlanes: { value: Array.from({ length: MAX_PLANES }, () => new Vector4()) },
    uPlaneCount: { value: 0 },
    uPatientFromWorld: { value: new Matrix4() },
  };
}

/** Sets plane `index`; planes beyond MAX_PLANES are not drawn. */
export function setCutPlane(uniforms: CutUniforms, index: number, pose: PlanePose): void {
  const { normal, point } = pose;
  uniforms.uPlanes.value[index]?.set(normal.x, normal.y, normal.z, -normal.dot(point));
}

export function followPatient(uniforms: CutUniforms, patient: Object3D): void {
  uniforms.uPatientFromWorld.value.copy(patient.matrixWorld).invert();
}

/** GLSL: the signed distance to the union of the resected half-spaces, without plane `skip` (-1: all of them). */
export const CUT_GLSL = /* glsl */ `
uniform vec4 uPlanes[${MAX_PLANES}];
uniform int uPlaneCount;
float resectedDistance(vec3 patient, int skip) {
  float nearest = -1000.0;
  for (int i = 0; i < ${MAX_PLANES}; i++) {
    if (i >= uPlaneCount) break;
    if (i != skip) nearest = max(nearest, dot(uPlanes[i].xyz, patient) + uPlanes[i].w);
  }
  return nearest;
}`;
