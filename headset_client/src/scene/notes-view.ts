// Measurements and pins in the scene: three draw calls for all lines, two for all beads, and a label each.
// Behind anatomy they shine through faintly; labels are always read.
import {
  type BufferGeometry,
  Color,
  Group,
  InstancedMesh,
  Matrix4,
  type Mesh,
  MeshBasicMaterial,
  SphereGeometry,
  type Sprite,
  Vector3,
} from "three";
import { LineMaterial } from "three/addons/lines/LineMaterial.js";
import { LineSegments2 } from "three/addons/lines/LineSegments2.js";
import { LineSegmentsGeometry } from "three/addons/lines/LineSegmentsGeometry.js";
import { colours } from "../design/tokens";
import { gltfFromLps } from "../geometry/patient-frame";
import type { PointLps } from "../protocol";
import type { Draft } from "../tools/note-draft";
import { DRAW_ORDER } from "./structure-view";
import { disposeText, rewriteText, setTextHeight, textSprite } from "./text-sprite";

/** A measurement or pin as it is drawn. */
export interface ShownNote {
  readonly id: string;
  readonly line: readonly PointLps[];
  /** Beside the line: the arc of an angle. */
  readonly arc?: readonly PointLps[];
  /** Where a bead sits: ends, corner, pin. */
  readonly beads: readonly PointLps[];
  readonly label: string;
  readonly at: PointLps;
  readonly colour: string;
  readonly chosen: boolean;
}

const MOST_BEADS = 320;
const LINE_PIXELS = 3;
const CASING = "#0a0f14";
/** Of a bead, in parts of the letters' height. */
const BEAD_SHARE = 0.22;
/** Of a label, in the same. */
const LABEL_SHARE = 0.95;
const GHOST = 0.45;
const LABEL = { weight: 600, onTop: true } as const;
const DRAFT = { colour: colours.accentInk, background: colours.mark, ...LABEL } as const;

interface Label {
  readonly sprite: Sprite;
  text: string;
  look: string;
}

export class NotesView {
  readonly group = new Group();
  readonly #lines: LineSegments2[] = [];
  readonly #beads: InstancedMesh[] = [];
  readonly #labels = new Map<string, Label>();
  readonly #requestFrame: () => void;
  readonly #matrix = new Matrix4();
  readonly #at = new Vector3();
  readonly #colour = new Color();
  #notes: readonly ShownNote[] = [];
  #held: string | null = null;
  #draft: Draft | null = null;
  #draftLabel: Sprite | null = null;
  #letterHeight = 0;

  constructor(requestFrame: () => void) {
    this.#requestFrame = requestFrame;
    const bead = new SphereGeometry(1, 16, 12);
    // Dark around white, so that it is seen on bright and dark alike.
    this.#addLines({ pixels: LINE_PIXELS + 2.5, tinted: false, depthTest: false, opacity: 0.5, order: 0.5 });
    for (const depthTest of [false, true]) {
      const order = DRAW_ORDER.handle + (depthTest ? 2 : 1);
      const opacity = depthTest ? 1 : GHOST;
      this.#addLines({ pixels: LINE_PIXELS, tinted: true, depthTest, opacity, order: depthTest ? 2 : 1 });
      const look = new MeshBasicMaterial({ depthTest, transparent: true, opacity, depthWrite: false });
      const beads = new InstancedMesh(bead, look, MOST_BEADS);
      this.#add(beads, order);
      this.#beads.push(beads);
    }
  }

  show(notes: readonly ShownNote[]): void {
    if (JSON.stringify(notes) === JSON.stringify(this.#notes)) return;
    this.#notes = notes;
    this.#rebuild();
    this.#write();
  }

  /** What is placed now; null puts it away. */
  showDraft(draft: Draft | null): void {
    if (!draft && !this.#draft) return;
    this.#draft = draft;
    this.#rebuild();
    this.#writeDraft();
  }

  /** This one is in a hand, and drawn as the draft. */
  hold(id: string | null): void {
    if (this.#held === id) return;
    this.#held = id;
    this.#rebuild();
    this.#write();
  }

  /** Places to snap to, as the note is drawn. */
  endsOf(id: string): readonly PointLps[] {
    return this.#notes.find((note) => note.id === id)?.beads ?? [];
  }

  /** `letterHeight` in patient metres, so that the words keep their size at any zoom. */
  update(letterHeight: number): void {
    if (this.#letterHeight !== letterHeight) {
      this.#letterHeight = letterHeight;
      this.#placeBeads();
    }
    for (const { sprite } of this.#labels.values()) setTextHeight(sprite, LABEL_SHARE * letterHeight);
    if (this.#draftLabel) setTextHeight(this.#draftLabel, LABEL_SHARE * letterHeight);
  }

  dispose(): void {
    for (const { sprite } of this.#labels.values()) disposeText(sprite);
    if (this.#draftLabel) disposeText(this.#draftLabel);
    for (const lines of this.#lines) {
      lines.geometry.dispose();
      lines.material.dispose();
    }
    for (const beads of this.#beads) {
      (beads.geometry as BufferGeometry).dispose();
      (beads.material as MeshBasicMaterial).dispose();
      beads.dispose();
    }
    this.group.removeFromParent();
  }

  #addLines(look: {
    readonly pixels: number;
    readonly tinted: boolean;
    readonly depthTest: boolean;
    readonly opacity: number;
    readonly order: number;
  }): void {
    const { pixels, tinted, depthTest, opacity, order } = look;
    const material = new LineMaterial({ linewidth: pixels, vertexColors: tinted, depthTest, opacity });
    if (!tinted) material.color.set(CASING);
    material.transparent = true;
    material.depthWrite = false;
    const lines = new LineSegments2(new LineSegmentsGeometry(), material);
    this.#add(lines, DRAW_ORDER.handle + order);
    this.#lines.push(lines);
  }

  #add(object: Mesh, order: number): void {
    object.renderOrder = order;
    object.frustumCulled = false;
    object.visible = false;
    object.raycast = () => {};
    this.group.add(object);
  }

  get #drawn(): readonly ShownNote[] {
    return this.#notes.filter((note) => note.id !== this.#held);
  }

  #rebuild(): void {
    const positions: number[] = [];
    const tints: number[] = [];
    const add = (line: readonly PointLps[], colour: string) => {
      this.#colour.set(colour);
      for (let n = 1; n < line.length; n++) {
        for (const point of [line[n - 1], line[n]]) {
          positions.push(...gltfFromLps(point as PointLps, this.#at).toArray());
          tints.push(this.#colour.r, this.#colour.g, this.#colour.b);
        }
      }
    };
    for (const note of this.#drawn) {
      add(note.line, note.colour);
      add(note.arc ?? [], note.colour);
    }
    if (this.#draft) add(this.#draft.line, colours.mark);
    for (const lines of this.#lines) {
      // A geometry keeps the length it was made with.
      lines.geometry.dispose();
      lines.geometry = new LineSegmentsGeometry();
      lines.visible = positions.length > 0;
      if (lines.visible) lines.geometry.setPositions(positions).setColors(tints);
    }
    this.#placeBeads();
    this.#requestFrame();
  }

  #placeBeads(): void {
    const size = BEAD_SHARE * this.#letterHeight;
    let count = 0;
    const put = (point: PointLps, colour: string, factor: number) => {
      if (count >= MOST_BEADS) return;
      this.#matrix.makeScale(factor, factor, factor).setPosition(gltfFromLps(point, this.#at));
      this.#colour.set(colour);
      for (const beads of this.#beads) {
        beads.setMatrixAt(count, this.#matrix);
        beads.setColorAt(count, this.#colour);
      }
      count += 1;
    };
    for (const note of this.#drawn) {
      for (const point of note.beads) put(point, note.colour, note.chosen ? 1.5 * size : size);
    }
    for (const point of this.#draft?.points ?? []) put(point, colours.mark, 1.3 * size);
    for (const beads of this.#beads) {
      beads.count = count;
      beads.visible = count > 0;
      beads.instanceMatrix.needsUpdate = true;
      if (beads.instanceColor) beads.instanceColor.needsUpdate = true;
    }
  }

  #write(): void {
    const alive = new Set(this.#drawn.map(({ id }) => id));
    for (const [id, { sprite }] of this.#labels) {
      if (alive.has(id)) continue;
      disposeText(sprite);
      this.#labels.delete(id);
    }
    for (const note of this.#drawn) {
      const look = note.chosen ? DRAFT : { colour: "#ffffff", background: "rgb(10 15 20 / 0.86)", ...LABEL };
      const known = this.#labels.get(note.id);
      const label = known ?? { sprite: labelSprite(note.label, look), text: note.label, look: look.background };
      if (known && (known.text !== note.label || known.look !== look.background)) {
        rewriteText(known.sprite, note.label, look);
        known.text = note.label;
        known.look = look.background;
      }
      label.sprite.visible = note.label !== "";
      gltfFromLps(note.at, label.sprite.position);
      if (!known) this.#addLabel(note.id, label);
    }
  }

  #addLabel(id: string, label: Label): void {
    this.#labels.set(id, label);
    this.group.add(label.sprite);
    setTextHeight(label.sprite, LABEL_SHARE * this.#letterHeight);
  }

  #writeDraft(): void {
    const words = this.#draft?.label ?? "";
    if (this.#draftLabel) this.#draftLabel.visible = words !== "";
    if (!this.#draft || words === "") return;
    if (!this.#draftLabel) {
      this.#draftLabel = labelSprite(words, DRAFT);
      this.#draftLabel.userData.words = words;
      this.group.add(this.#draftLabel);
    } else if (this.#draftLabel.userData.words !== words) {
      rewriteText(this.#draftLabel, words, DRAFT);
      this.#draftLabel.userData.words = words;
    }
    gltfFromLps(this.#draft.at, this.#draftLabel.position);
    setTextHeight(this.#draftLabel, LABEL_SHARE * this.#letterHeight);
  }
}

function labelSprite(
  text: string,
  look: { colour: string; background: string; weight: number; onTop: boolean },
): Sprite {
  const sprite = textSprite(text, look);
  sprite.renderOrder = DRAW_ORDER.handle + 4;
  // Above the place, which stays free.
  sprite.center.set(0.5, -0.45);
  return sprite;
}
