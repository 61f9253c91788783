// Words in the scene: drawn once on a canvas in our own font, shown as a sprite that always faces the viewer.
import { CanvasTexture, LinearFilter, Sprite, SpriteMaterial, SRGBColorSpace } from "three";
import { colours, FONT_FAMILY } from "../design/tokens";
import { DRAW_ORDER } from "./structure-view";

export interface TextLook {
  readonly colour?: string;
  readonly background?: string;
  readonly weight?: number;
  /** Seen through what is in front of it. */
  readonly onTop?: boolean;
}

const FONT_PIXELS = 64;
const OUTLINE = "rgb(10 15 20 / 45%)";

/** Over a room that is seen as it is, words without a ground of their own cannot be read. */
const live = new Map<Sprite, { text: string; look: TextLook }>();
let onGround = false;

export function showTextOnGround(on: boolean): void {
  if (on === onGround) return;
  onGround = on;
  for (const [sprite, { text, look }] of live) rewriteText(sprite, text, look);
}

/** A sprite one unit high; scale it by its `userData.aspect` and the height wanted with `setTextHeight`. */
export function textSprite(text: string, look: TextLook = {}): Sprite {
  const canvas = document.createElement("canvas");
  const font = `${look.weight ?? 600} ${FONT_PIXELS}px ${FONT_FAMILY}`;
  paint(canvas, font, text, look);
  const map = new CanvasTexture(canvas);
  map.colorSpace = SRGBColorSpace;
  map.minFilter = LinearFilter;
  map.generateMipmaps = false;
  const material = new SpriteMaterial({ map, depthWrite: false, depthTest: !look.onTop, transparent: true });
  const sprite = new Sprite(material);
  sprite.renderOrder = DRAW_ORDER.handle + 1;
  sprite.userData.aspect = canvas.width / canvas.height;
  live.set(sprite, { text, look });
  // Sprites need a camera to be hit, and nobody grabs a word.
  sprite.raycast = () => {};
  if (!document.fonts.check(font, text)) {
    // A canvas does not wait for fonts: it is painted again when ours has come.
    const again = (): void => {
      const said = live.get(sprite) ?? { text, look };
      paint(canvas, font, said.text, said.look);
      sprite.userData.aspect = canvas.width / canvas.height;
      setTextHeight(sprite, sprite.scale.y);
      map.dispose();
      map.needsUpdate = true;
    };
    document.fonts.load(font, text).then(again, () => undefined);
  }
  return sprite;
}

function paint(canvas: HTMLCanvasElement, font: string, text: string, look: TextLook): void {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("no 2D canvas");
  context.font = font;
  const background = look.background ?? (onGround ? colours.panel : undefined);
  const padding = background ? FONT_PIXELS * 0.5 : FONT_PIXELS * 0.2;
  canvas.width = Math.ceil(context.measureText(text).width + 2 * padding);
  canvas.height = Math.ceil(FONT_PIXELS * 1.7);
  if (background) {
    context.fillStyle = background;
    context.beginPath();
    context.roundRect(0, 0, canvas.width, canvas.height, canvas.height / 2);
    context.fill();
  }
  context.font = font;
  context.textAlign = "center";
  context.textBaseline = "middle";
  if (!background) {
    // Letters are read over tissue of any brightness.
    context.lineWidth = FONT_PIXELS * 0.08;
    context.lineJoin = "round";
    context.strokeStyle = OUTLINE;
    context.strokeText(text, canvas.width / 2, canvas.height / 2 + FONT_PIXELS * 0.04);
  }
  context.fillStyle = look.colour ?? colours.text;
  context.fillText(text, canvas.width / 2, canvas.height / 2 + FONT_PIXELS * 0.04);
}

/** Other words on the same sprite: for a number that follows a hand. */
export function rewriteText(sprite: Sprite, text: string, look: TextLook = {}): void {
  const map = sprite.material.map as CanvasTexture;
  const canvas = map.image as HTMLCanvasElement;
  const before = canvas.width;
  live.set(sprite, { text, look });
  paint(canvas, `${look.weight ?? 600} ${FONT_PIXELS}px ${FONT_FAMILY}`, text, look);
  sprite.userData.aspect = canvas.width / canvas.height;
  setTextHeight(sprite, sprite.scale.y);
  // A texture cannot change its size on the graphics card.
  if (canvas.width !== before) map.dispose();
  map.needsUpdate = true;
}

/** `height` in the units of the sprite's parent. */
export function setTextHeight(sprite: Sprite, height: number): void {
  sprite.scale.set(height * (sprite.userData.aspect as number), height, 1);
}

export function disposeText(sprite: Sprite): void {
  live.delete(sprite);
  sprite.material.map?.dispose();
  sprite.material.dispose();
  sprite.removeFromParent();
}
