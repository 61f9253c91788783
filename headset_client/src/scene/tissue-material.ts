// The look of tissue: soft key and fill light from beside the viewer, a rim, and the cut by discard.
import { Color, DoubleSide, FrontSide, NormalBlending, ShaderMaterial, type Side } from "three";
import { CUT_GLSL, type CutUniforms } from "./cut-uniforms";
import { LOSS_GLSL, type LossColours } from "./loss-colours";
import { SEGMENT_GLSL, type SegmentColours } from "./segment-colours";

/** Which side of the plan a pass draws. */
export type Part = "whole" | "remnant" | "resected";

export interface TissueOptions {
  readonly colour: string;
  readonly part: Part;
  readonly cut: CutUniforms;
  /** Given for the liver alone. */
  readonly segments?: SegmentColours | undefined;
  readonly losses?: LossColours | undefined;
}

const PART_TEST: Readonly<Record<Part, string>> = {
  whole: "",
  remnant: "if (resectedDistance(vPatient, -1) > 0.0) discard;",
  resected: "if (resectedDistance(vPatient, -1) <= 0.0) discard;",
};

const VERTEX = /* glsl */ `
uniform mat4 uPatientFromWorld;
varying vec3 vPatient;
varying vec3 vNormalView;
varying vec3 vToEye;
void main() {
  vec4 world = modelMatrix * vec4(position, 1.0);
  vec4 view = viewMatrix * world;
  vPatient = (uPatientFromWorld * world).xyz;
  vNormalView = normalMatrix * normal;
  vToEye = -view.xyz;
  gl_Position = projectionMatrix * view;
}`;

const HEAD = /* glsl */ `
varying vec3 vPatient;
varying vec3 vNormalView;
varying vec3 vToEye;
uniform vec3 uColour;
uniform float uOpacity;
${CUT_GLSL}
#ifdef SEGMENTS
${SEGMENT_GLSL}
${LOSS_GLSL}
vec3 tissueColour() { return lossColour(vPatient, lossAt(vPatient), segmentColour(vPatient, uColour)); }
float leastOpacity() {
  vec2 loss = lossAt(vPatient);
  return max(uShowSegments > 0.5 ? 0.5 : 0.0, 0.55 * max(loss.x, loss.y));
}
#else
vec3 tissueColour() { return uColour; }
float leastOpacity() { return 0.0; }
#endif
vec3 facingNormal() {
  vec3 n = normalize(vNormalView);
  return gl_FrontFacing ? n : -n;
}
vec3 lit(vec3 base, vec3 n, vec3 eye, float gloss) {
  float key = max(dot(n, normalize(vec3(-0.45, 0.75, 0.65))), 0.0);
  float fill = max(dot(n, normalize(vec3(0.8, -0.15, 0.5))), 0.0);
  float sky = 0.5 + 0.5 * n.y;
  vec3 halfway = normalize(normalize(vec3(-0.45, 0.75, 0.65)) + eye);
  float shine = pow(max(dot(n, halfway), 0.0), 42.0) * gloss;
  vec3 light = vec3(0.30, 0.32, 0.36) * mix(0.75, 1.15, sky) + vec3(1.0, 0.97, 0.93) * key * 0.78 + vec3(0.55, 0.68, 0.85) * fill * 0.28;
  return base * light + vec3(1.0, 0.98, 0.95) * shine;
}`;

const SOLID = /* glsl */ `
void main() {
  PART_TEST
  vec3 eye = normalize(vToEye);
  vec3 n = facingNormal();
  float rim = pow(1.0 - max(dot(n, eye), 0.0), 3.0);
  vec3 tissue = tissueColour();
  vec3 colour = lit(tissue, n, eye, 0.22) + tissue * rim * 0.25;
  gl_FragColor = vec4(gl_FrontFacing ? colour : colour * 0.55, 1.0);
  #include <colorspace_fragment>
}`;

const VEIL = /* glsl */ `
void main() {
  PART_TEST
  vec3 eye = normalize(vToEye);
  vec3 n = facingNormal();
  float rim = 1.0 - max(dot(n, eye), 0.0);
  float edge = rim * rim;
  // A veil is thin, so its colour is lifted: what shines through would darken it to mud.
  vec3 tissue = tissueColour();
  vec3 base = mix(tissue, vec3(1.0, 0.86, 0.78), 0.16) * 1.6;
  vec3 colour = lit(base, n, eye, 0.75) + mix(tissue, vec3(1.0), 0.4) * edge * 0.5;
  gl_FragColor = vec4(colour, clamp(max(uOpacity, leastOpacity()) * (0.5 + 1.4 * edge), 0.0, 1.0));
  #include <colorspace_fragment>
}`;

const GHOST = /* glsl */ `
void main() {
  PART_TEST
  vec3 eye = normalize(vToEye);
  float rim = 1.0 - max(dot(facingNormal(), eye), 0.0);
  vec3 colour = mix(uColour, vec3(dot(uColour, vec3(0.3, 0.59, 0.11))), 0.35);
  gl_FragColor = vec4(colour, uOpacity * (0.25 + 1.3 * rim * rim));
  #include <colorspace_fragment>
}`;

const DEPTH = /* glsl */ `
void main() {
  PART_TEST
  gl_FragColor = vec4(0.0);
}`;

function material(options: TissueOptions, body: string, opacity: number, side: Side): ShaderMaterial {
  const made = new ShaderMaterial({
    uniforms: {
      ...options.cut.uniforms,
      ...options.segments?.uniforms,
      ...options.losses?.uniforms,
      uColour: { value: new Color(options.colour) },
      uOpacity: { value: opacity },
    },
    vertexShader: VERTEX,
    fragmentShader: HEAD + body.replace("PART_TEST", PART_TEST[options.part]),
    side,
  });
  options.cut.detail.add(made, options.segments ? { SEGMENTS: "" } : {});
  return made;
}

export function solidTissue(options: TissueOptions): ShaderMaterial {
  return material(options, SOLID, 1, options.part === "whole" ? FrontSide : DoubleSide);
}

/** Translucent; the outermost layer only where a depth pass runs before it. */
export function veilTissue(options: TissueOptions, opacity: number): ShaderMaterial {
  const veil = material(options, VEIL, opacity, FrontSide);
  veil.transparent = true;
  veil.depthWrite = false;
  veil.blending = NormalBlending;
  return veil;
}

/** What is resected, as a memory. */
export function ghostTissue(options: TissueOptions, opacity: number): ShaderMaterial {
  const ghost = material({ ...options, part: "resected" }, GHOST, opacity, FrontSide);
  ghost.transparent = true;
  ghost.depthWrite = false;
  return ghost;
}

/** Writes depth and no colour: after it, only the nearest layer of a veil is blended. */
export function depthOnly(options: TissueOptions): ShaderMaterial {
  const depth = material(options, DEPTH, 1, FrontSide);
  depth.colorWrite = false;
  return depth;
}
