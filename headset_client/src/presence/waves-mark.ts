// The sign of a voice over a person's name: bars in a disc, one picture for all.
import { CanvasTexture, Sprite, SpriteMaterial, SRGBColorSpace } from "three";
import { colours } from "../design/tokens";
import { DRAW_ORDER } from "../scene/structure-view";

const PIXELS = 64;
const BARS = [10, 24, 36, 24, 10] as const;

let picture: CanvasTexture | null = null;

export function wavesMark(): Sprite {
  picture ??= paint();
  const sprite = new Sprite(new SpriteMaterial({ map: picture, depthTest: false, depthWrite: false }));
  sprite.renderOrder = DRAW_ORDER.handle + 1;
  sprite.raycast = () => {};
  sprite.visible = false;
  return sprite;
}

function paint(): CanvasTexture {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = PIXELS;
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no 2D canvas");
  context.fillStyle = colours.good;
  context.beginPath();
  context.arc(PIXELS / 2, PIXELS / 2, PIXELS / 2 - 1, 0, 2 * Math.PI);
  context.fill();
  context.strokeStyle = colours.background;
  context.lineWidth = 5;
  context.lineCap = "round";
  BARS.forEach((height, index) => {
    const x = PIXELS / 2 + (index - 2) * 9;
    context.beginPath();
    context.moveTo(x, (PIXELS - height) / 2);
    context.lineTo(x, (PIXELS + height) / 2);
    context.stroke();
  });
  const texture = new CanvasTexture(canvas);
  texture.colorSpace = SRGBColorSpace;
  return texture;
}
