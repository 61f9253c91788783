// GLSL of a cut face: the CT with outline and margin bands inside the liver, and the faint sheet or shell around it.
import { CUT_GLSL } from "./cut-uniforms";
import { SEGMENT_GLSL } from "./segment-colours";

export const FACE_VERTEX = /* glsl */ `
uniform mat4 uPatientFromWorld;
varying vec3 vPatient;
varying vec3 vView;
varying vec2 vSheet;
void main() {
  vec4 world = modelMatrix * vec4(position, 1.0);
  vec4 view = viewMatrix * world;
  vPatient = (uPatientFromWorld * world).xyz;
  vView = view.xyz;
  vSheet = uv * 2.0 - 1.0;
  gl_Position = projectionMatrix * view;
}`;

const FIELD_GLSL = /* glsl */ `
precision highp sampler3D;
varying vec3 vPatient;
varying vec3 vView;
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
}
/** 1 where the surface faces the eye, 0 where it is seen edge on. */
float facing() {
  vec3 n = normalize(cross(dFdx(vView), dFdy(vView)));
  return abs(dot(n, normalize(vView)));
}`;

export const FACE_FRAGMENT = /* glsl */ `
${FIELD_GLSL}
uniform vec3 uOutline, uTissue, uBandTumour, uBand1, uBand5, uBand10;
uniform vec2 uWindow, uCtFilled;
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
  float ctAt = (uCtFromPatient * vec4(vPatient, 1.0)).z;
  // It arrives in slabs: beyond the last one there is tissue without its CT.
  bool hasCt = uReady.z > 0.5 && ctAt >= uCtFilled.x && ctAt <= uCtFilled.y;
  if (hasCt && uShowCt > 0.5) {
    float hu = field(uCt, uCtFromPatient, uCtRange, uCtRange.x);
    float grey = clamp((hu - uWindow.x) / (uWindow.y - uWindow.x), 0.0, 1.0);
    grey = pow(grey, 2.0); // the display applies sRGB
    colour = mix(vec3(grey), vec3(grey) * uTissue * 2.2, 0.22);
  }
  if (uShowSegments > 0.5) {
    vec3 segment = segmentColour(vPatient, colour);
    colour = mix(colour, segment, uShowCt > 0.5 && hasCt ? 0.45 : 1.0);
  }
  if (uReady.y > 0.5 && uShowBands > 0.5) {
    float tumour = field(uTumour, uTumourFromPatient, uTumourRange, 99.0);
    vec3 band = tumour < 0.0 ? uBandTumour : tumour < 1.0 ? uBand1 : tumour < 5.0 ? uBand5 : uBand10;
    if (tumour < 10.0) colour = mix(colour, band, tumour < 0.0 ? 0.55 : 0.42);
    float isoline = max(line(tumour - 1.0, 1.0), max(line(tumour - 5.0, 1.0), line(tumour - 10.0, 1.6)));
    colour = mix(colour, vec3(0.02), isoline * 0.85);
    colour = mix(colour, vec3(1.0), line(tumour, 1.6));
  }
#ifdef CURVED
  // Enough shade to see how it bends, too little to pass for a difference in tissue.
  colour *= mix(0.72, 1.06, facing());
#endif
  colour = mix(colour, uOutline, line(liver + edge, 2.2));
  gl_FragColor = vec4(colour, 1.0);
  #include <colorspace_fragment>
}`;

/** The free slice: the CT as it is, with liver, tumours and the plan's cuts as lines. */
export const SLICE_FRAGMENT = /* glsl */ `
${FIELD_GLSL}
uniform vec3 uOutline, uCutLine, uBandTumour;
uniform vec2 uWindow, uCtFilled;
uniform float uShowBands;
${SEGMENT_GLSL}
void main() {
  vec3 at = (uCtFromPatient * vec4(vPatient, 1.0)).xyz;
  if (uReady.z < 0.5 || !inside(at) || at.z < uCtFilled.x || at.z > uCtFilled.y) discard;
  float hu = field(uCt, uCtFromPatient, uCtRange, uCtRange.x);
  float grey = clamp((hu - uWindow.x) / (uWindow.y - uWindow.x), 0.0, 1.0);
  vec3 colour = vec3(pow(grey, 2.0)); // the display applies sRGB
  float liver = uReady.x > 0.5 ? field(uLiver, uLiverFromPatient, uLiverRange, uLiverRange.y) : 1.0;
  if (liver < 0.0 && uShowSegments > 0.5) colour = mix(colour, segmentColour(vPatient, colour), 0.4);
  if (uCutCount > 0) {
    float side = resectedDistance(vPatient, -1);
    if (liver < 0.0 && side > 0.0) colour *= vec3(1.0, 0.72, 0.56);
    if (liver < 0.5) colour = mix(colour, uCutLine, line(side, 2.0));
  }
  if (uReady.y > 0.5 && uShowBands > 0.5) {
    // No jump where the field's box ends: it would pass for a border.
    float tumour = field(uTumour, uTumourFromPatient, uTumourRange, uTumourRange.y);
    colour = mix(colour, uBandTumour, line(tumour, 1.6));
  }
  if (uReady.x > 0.5) colour = mix(colour, uOutline, line(liver, 1.6) * 0.85);
  gl_FragColor = vec4(colour, 1.0);
  #include <colorspace_fragment>
}`;

/** Outside the liver: a sheet with a border and, where it bends, faint lines that show how. */
export const SHEET_FRAGMENT = /* glsl */ `
${FIELD_GLSL}
uniform vec3 uTint;
uniform vec2 uHalfSize;
uniform float uEmphasis;
float gridLine(float value) {
  float pixel = max(fwidth(value), 1e-5);
  return 1.0 - smoothstep(0.4, 1.4, abs(fract(value - 0.5) - 0.5) / pixel);
}
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
#ifdef CURVED
  vec2 lines = vSheet * uHalfSize * 50.0; // every 20 mm
  alpha += 0.16 * max(gridLine(lines.x), gridLine(lines.y)) + 0.16 * pow(1.0 - facing(), 2.0);
#endif
  gl_FragColor = vec4(uTint, max(alpha, border * 0.95));
  #include <colorspace_fragment>
}`;

/** Outside the liver: a thin shell, strongest where it is seen edge on. */
export const SHELL_FRAGMENT = /* glsl */ `
${FIELD_GLSL}
uniform vec3 uTint;
uniform float uEmphasis;
void main() {
  if (uReady.x > 0.5 && resectedDistance(vPatient, uSelf) <= 0.0) {
    if (field(uLiver, uLiverFromPatient, uLiverRange, uLiverRange.y) < 0.0) discard;
  }
  float rim = 1.0 - facing();
  gl_FragColor = vec4(uTint, mix(0.05, 0.10, uEmphasis) + 0.5 * rim * rim * rim);
  #include <colorspace_fragment>
}`;
