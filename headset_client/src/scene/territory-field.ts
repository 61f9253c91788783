// What territories of a plan take, as a 3D texture for the cut shader and a mesh of its boundary inside the liver.
// Made anew when a territory is chosen, never while a hand drags.
import { Data3DTexture, LinearFilter, Matrix4, RedFormat, UnsignedByteType, Vector3 } from "three";
import { textureFromGltf } from "../geometry/patient-frame";
import { blur, type NetMesh, surfaceNets } from "../geometry/surface-nets";
import type { BranchAsset, TerritoryResectionState, VolumeAsset } from "../protocol";

/** Numbers of segments or branches by place. */
export interface LabelSamples {
  readonly asset: VolumeAsset;
  readonly values: Uint8Array | Uint16Array;
}

export interface TerritoryShape {
  readonly texture: Data3DTexture;
  readonly textureFromPatient: Matrix4;
  /** Positions in the patient group, metres. */
  readonly boundary: NetMesh;
}

export function labelSamples(asset: VolumeAsset, bytes: Uint8Array<ArrayBuffer>): LabelSamples {
  // Little-endian in the stream; every machine with a browser is.
  const values = asset.bytes_per_sample === 2 ? new Uint16Array(bytes.buffer, 0, bytes.byteLength / 2) : bytes;
  return { asset, values };
}

/** The branches, and all that leave them. */
export function withDescendants(chosen: readonly number[], branches: readonly BranchAsset[]): ReadonlySet<number> {
  const taken = new Set(chosen);
  // Parents come before their children.
  for (const branch of branches) if (branch.parent !== null && taken.has(branch.parent)) taken.add(branch.number);
  return taken;
}

/** Null where the volumes that the territories need have not arrived. */
export function territoryShape(
  territories: readonly TerritoryResectionState[],
  segments: LabelSamples | null,
  portal: LabelSamples | null,
  branches: readonly BranchAsset[],
): TerritoryShape | null {
  const takenSegments = new Set(territories.flatMap((one) => one.segments));
  const takenBranches = withDescendants(
    territories.flatMap((one) => one.portal_branches),
    branches,
  );
  if ((takenSegments.size > 0 && !segments) || (takenBranches.size > 0 && !portal)) return null;
  const grid = takenSegments.size > 0 || !portal ? segments : portal;
  if (!grid) return null;
  const [ni, nj, nk] = grid.asset.shape_ijk;
  const values = new Uint8Array(ni * nj * nk);
  const domain = new Uint8Array(ni * nj * nk);
  grid.values.forEach((value, n) => {
    if (value === 0) return;
    domain[n] = 1;
    if (grid === segments ? takenSegments.has(value) : takenBranches.has(value)) values[n] = 255;
  });
  if (grid === segments && takenBranches.size > 0 && portal) addBranches(values, grid.asset, portal, takenBranches);
  blur(values, { ni, nj, nk });
  const textureFromPatient = textureFromGltf(grid.asset.lps_from_ijk, grid.asset.shape_ijk);
  const boundary = surfaceNets(values, domain, { ni, nj, nk });
  toPatient(boundary.positions, textureFromPatient, [ni, nj, nk]);
  return { texture: membershipTexture(values, [ni, nj, nk]), textureFromPatient, boundary };
}

/** Branches have a grid of their own, so each sample looks up the nearest of theirs. */
function addBranches(values: Uint8Array, onto: VolumeAsset, portal: LabelSamples, taken: ReadonlySet<number>): void {
  const [ni, nj, nk] = onto.shape_ijk;
  const [pi, pj, pk] = portal.asset.shape_ijk;
  const ijkFromLps = new Matrix4()
    .fromArray([...portal.asset.lps_from_ijk])
    .transpose()
    .invert();
  const step = ijkFromLps.multiply(new Matrix4().fromArray([...onto.lps_from_ijk]).transpose());
  const at = new Vector3();
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++) {
        at.set(i, j, k).applyMatrix4(step).round();
        if (at.x < 0 || at.y < 0 || at.z < 0 || at.x >= pi || at.y >= pj || at.z >= pk) continue;
        if (taken.has(portal.values[(at.z * pj + at.y) * pi + at.x] as number)) values[(k * nj + j) * ni + i] = 255;
      }
    }
  }
}

function toPatient(
  positions: Float32Array,
  textureFromPatient: Matrix4,
  shape: readonly [number, number, number],
): void {
  const patientFromTexture = textureFromPatient.clone().invert();
  const point = new Vector3();
  for (let n = 0; n < positions.length; n += 3) {
    point.fromArray(positions, n);
    point.set((point.x + 0.5) / shape[0], (point.y + 0.5) / shape[1], (point.z + 0.5) / shape[2]);
    point.applyMatrix4(patientFromTexture).toArray(positions, n);
  }
}

function membershipTexture(values: Uint8Array<ArrayBuffer>, shape: readonly [number, number, number]): Data3DTexture {
  const texture = new Data3DTexture(values, ...shape);
  texture.format = RedFormat;
  texture.type = UnsignedByteType;
  texture.minFilter = LinearFilter;
  texture.magFilter = LinearFilter;
  texture.unpackAlignment = 1;
  texture.needsUpdate = true;
  return texture;
}
