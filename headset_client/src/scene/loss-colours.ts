// Liver of the remnant that no longer works, on the liver's surface: without supply, without drainage.
// Told apart by pattern as well as by colour: stripes where supply is gone, dots where drainage is.
import { Color, Data3DTexture, LinearFilter, Matrix4, RGFormat, UnsignedByteType } from "three";
import { lossColours } from "../design/tokens";
import { textureFromGltf } from "../geometry/patient-frame";
import type { PlanNumbers } from "../protocol";
import type { LabelSamples } from "./territory-field";

/** Numbers of the branches whose liver is lost; null where they are being counted. */
export interface LostBranches {
  readonly supply: readonly number[];
  readonly drainage: readonly number[];
}

export function lostBranches(numbers: PlanNumbers | null): LostBranches | null {
  const answer = numbers?.function;
  if (!answer?.devascularised_by_branch || !answer.congested_by_branch) return null;
  return {
    supply: answer.devascularised_by_branch.map(({ branch }) => branch),
    drainage: answer.congested_by_branch.map(({ branch }) => branch),
  };
}

export class LossColours {
  readonly uniforms = {
    uLoss: { value: emptyTexture() },
    uLossFromPatient: { value: new Matrix4() },
    uShowLoss: { value: 0 },
    uLossSupply: { value: new Color(lossColours.supply) },
    uLossDrainage: { value: new Color(lossColours.drainage) },
  };
  #portal: LabelSamples | null = null;
  #hepatic: LabelSamples | null = null;
  #shown = "";

  setLabels(labels: LabelSamples): void {
    if (labels.asset.name === "portal_branches") this.#portal = labels;
    if (labels.asset.name === "hepatic_branches") this.#hepatic = labels;
    this.#shown = "";
  }

  get shown(): boolean {
    return this.uniforms.uShowLoss.value > 0;
  }

  /** Made anew when a plan is committed, never while a hand drags: then nothing is shown. */
  show(lost: LostBranches | null): void {
    const isSomething = lost !== null && lost.supply.length + lost.drainage.length > 0;
    this.uniforms.uShowLoss.value = isSomething ? 1 : 0;
    if (!isSomething) return;
    const wanted = JSON.stringify(lost);
    if (wanted === this.#shown) return;
    const { texture, textureFromPatient } = lossTexture(lost, this.#portal, this.#hepatic) ?? {};
    if (!texture || !textureFromPatient) {
      this.uniforms.uShowLoss.value = 0;
      return;
    }
    this.#shown = wanted;
    this.uniforms.uLoss.value.dispose();
    this.uniforms.uLoss.value = texture;
    this.uniforms.uLossFromPatient.value.copy(textureFromPatient);
  }

  dispose(): void {
    this.uniforms.uLoss.value.dispose();
  }
}

interface LossTexture {
  readonly texture: Data3DTexture;
  readonly textureFromPatient: Matrix4;
}

/** Red where supply is lost, green where drainage is; both volumes lie on one grid. Null where none has arrived. */
function lossTexture(
  lost: LostBranches,
  portal: LabelSamples | null,
  hepatic: LabelSamples | null,
): LossTexture | null {
  const grid = (portal ?? hepatic)?.asset;
  if (!grid) return null;
  const [ni, nj, nk] = grid.shape_ijk;
  const pairs = new Uint8Array(2 * ni * nj * nk);
  markLost(pairs, 0, portal, lost.supply);
  if (hepatic && hepatic.values.length === ni * nj * nk) markLost(pairs, 1, hepatic, lost.drainage);
  return {
    texture: pairTexture(pairs, grid.shape_ijk),
    textureFromPatient: textureFromGltf(grid.lps_from_ijk, grid.shape_ijk),
  };
}

/** Writes 255 where a sample belongs to one of the branches. */
export function markLost(
  pairs: Uint8Array,
  channel: 0 | 1,
  samples: Pick<LabelSamples, "values"> | null,
  branches: readonly number[],
): void {
  if (!samples || branches.length === 0) return;
  const isLost = new Uint8Array(Math.max(...branches) + 1);
  for (const branch of branches) isLost[branch] = 255;
  const { values } = samples;
  for (let n = 0; n < values.length; n++) {
    const value = values[n] as number;
    if (value < isLost.length) pairs[2 * n + channel] = isLost[value] as number;
  }
}

function pairTexture(pairs: Uint8Array<ArrayBuffer>, shape: readonly [number, number, number]): Data3DTexture {
  const texture = new Data3DTexture(pairs, ...shape);
  texture.format = RGFormat;
  texture.type = UnsignedByteType;
  texture.minFilter = LinearFilter;
  texture.magFilter = LinearFilter;
  texture.unpackAlignment = 1;
  texture.needsUpdate = true;
  return texture;
}

function emptyTexture(): Data3DTexture {
  return pairTexture(new Uint8Array([0, 0]), [1, 1, 1]);
}

/** GLSL: the share of loss at a place (x supply, y drainage), and its colour over the tissue's. */
export const LOSS_GLSL = /* glsl */ `
uniform sampler3D uLoss;
uniform mat4 uLossFromPatient;
uniform float uShowLoss;
uniform vec3 uLossSupply, uLossDrainage;
/** The surface lies on the edge of the labels, where half of what is sampled is outside. */
vec2 lossAt(vec3 patient) {
  if (uShowLoss < 0.5) return vec2(0.0);
  vec3 t = (uLossFromPatient * vec4(patient, 1.0)).xyz;
  if (any(lessThan(t, vec3(0.0))) || any(greaterThanEqual(t, vec3(1.0)))) return vec2(0.0);
  return smoothstep(0.14, 0.24, texture(uLoss, t).rg);
}
float lossLine(float along, float share) {
  float pixel = max(fwidth(along), 1e-4);
  float from = abs(fract(along) - 0.5) * 2.0;
  return 1.0 - smoothstep(share - 2.0 * pixel, share + 2.0 * pixel, from);
}
vec3 lossColour(vec3 patient, vec2 loss, vec3 tissue) {
  vec3 mm = patient * 1000.0;
  float stripes = lossLine((mm.x + mm.y + mm.z) / 9.0, 0.5);
  float dots = lossLine((mm.x - mm.y) / 7.0, 0.45) * lossLine((mm.y + mm.z) / 7.0, 0.45);
  vec3 colour = mix(tissue, uLossSupply * mix(0.55, 1.0, stripes), loss.x * 0.9);
  return mix(colour, mix(colour, uLossDrainage, mix(0.45, 1.0, dots)), loss.y * 0.9);
}`;
