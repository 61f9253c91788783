// The board of numbers beside the model, and the room it takes.
import { Group } from "three";
import { Board } from "./board";
import { PANEL_HEIGHT, PANEL_WIDTH, type PanelContent, paintPanel } from "./panel-painter";
import { METRES_PER_PIXEL } from "./tool-board";

export class NumbersBoard {
  readonly group = new Group();
  readonly halfHeight = (PANEL_HEIGHT * METRES_PER_PIXEL) / 2;
  readonly #board = new Board(PANEL_WIDTH, PANEL_HEIGHT, METRES_PER_PIXEL);

  constructor() {
    this.group.add(this.#board.mesh);
  }

  paint(content: PanelContent): void {
    paintPanel(this.#board.context, content);
    this.#board.painted();
  }

  dispose(): void {
    this.#board.dispose();
    this.group.removeFromParent();
  }
}
