// A picture of what this person sees, saved by the browser: of the page's view, or from where the head is.
import { Color, PerspectiveCamera, SRGBColorSpace, WebGLRenderTarget } from "three";
import { MM_PER_METRE } from "../geometry/patient-frame";
import { pixelsPerMm } from "../geometry/scale-bar";
import type { PlanningApp } from "../planning-app";
import type { DesktopView } from "../scene/desktop-view";
import { drawPlans } from "../scene/draw-plans";
import { strings } from "../strings";
import { overlay, save } from "./picture";
import { pictureWords } from "./picture-words";

const HEAD = { width: 1600, height: 1000, fovDegrees: 60 } as const;
const BACKGROUND = "#0d141b";

export async function snapshot(app: PlanningApp): Promise<void> {
  const { viewport } = app;
  if (!viewport) throw new Error("nothing is shown");
  const inHeadset = viewport.renderer.xr.isPresenting;
  const canvas = inHeadset ? fromHead(viewport, app) : fromPage(viewport, app);
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no 2D canvas");
  overlay(context, pictureWords(app), inHeadset ? null : scaleOf(app, canvas.height));
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) throw new Error("no PNG");
  save(blob, `cantlie-${app.caseId}.png`);
  app.session.tell(strings.measuring.snapshotTaken, "");
}

/** The drawing buffer is gone after its frame: it is drawn anew and read at once. */
function fromPage(view: DesktopView, app: PlanningApp): HTMLCanvasElement {
  const { renderer, camera } = view;
  drawPlans(view, app.sideBySide, camera);
  return painted(renderer.domElement, renderer.domElement.width, renderer.domElement.height);
}

export function painted(image: CanvasImageSource, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no 2D canvas");
  context.fillStyle = BACKGROUND;
  context.fillRect(0, 0, width, height);
  context.drawImage(image, 0, 0, width, height);
  return canvas;
}

/** One eye in the middle of the head, drawn beside the headset's own picture. */
function fromHead({ renderer, scene }: DesktopView, app: PlanningApp): HTMLCanvasElement {
  const { width, height, fovDegrees } = HEAD;
  const head = new PerspectiveCamera(fovDegrees, width / height, 0.01, 30);
  renderer.xr.getCamera().matrixWorld.decompose(head.position, head.quaternion, head.scale);
  head.scale.setScalar(1);
  head.updateMatrixWorld(true);
  // The card turns the linear light of a target of this kind into sRGB.
  const target = new WebGLRenderTarget(width, height, { samples: 4, colorSpace: SRGBColorSpace });
  const pixels = new Uint8ClampedArray(width * height * 4);
  const before = renderer.getRenderTarget();
  const ground = scene.background;
  renderer.xr.enabled = false;
  try {
    scene.background ??= new Color(BACKGROUND);
    renderer.setRenderTarget(target);
    renderer.clear();
    renderer.render(scene, head);
    renderer.readRenderTargetPixels(target, 0, 0, width, height, pixels as unknown as Uint8Array);
  } finally {
    scene.background = ground;
    renderer.xr.enabled = true;
    renderer.setRenderTarget(before);
    target.dispose();
    app.requestFrame();
  }
  return upright(pixels, width, height);
}

/** Rows of the card begin at the bottom. */
function upright(pixels: Uint8ClampedArray<ArrayBuffer>, width: number, height: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const turned = new Uint8ClampedArray(pixels.length);
  const row = width * 4;
  for (let y = 0; y < height; y++) turned.set(pixels.subarray((height - 1 - y) * row, (height - y) * row), y * row);
  for (let n = 3; n < turned.length; n += 4) turned[n] = 255;
  canvas.getContext("2d")?.putImageData(new ImageData(turned, width, height), 0, 0);
  return canvas;
}

export function scaleOf(app: PlanningApp, pictureHeight: number): number | null {
  const { viewport, view } = app;
  return viewport && view
    ? pixelsPerMm(pictureHeight, viewport.camera.fov, view.focusDistance, 1 / MM_PER_METRE)
    : null;
}
