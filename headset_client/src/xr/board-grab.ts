// A board is put elsewhere by the grip at its top, near by or by ray; it goes on facing the person and follows the model.
import { HandleStore } from "@pmndrs/handle";
import { type Camera, type Group, Mesh, MeshBasicMaterial, PlaneGeometry, Vector3 } from "three";
import { colours } from "../design/tokens";
import { GRABBING, NOT_POKED } from "./resection-grab";
import { faceTowards } from "./room";

/** Painted at the top of a board, pixels of it. */
const GRIP = { width: 170, height: 10, top: 18 } as const;
/** What is taken is larger than what is seen, and reaches over the edge, metres. */
const PICK = { width: 0.16, height: 0.045, over: 0.01, before: 0.005 } as const;

const UNSEEN = new MeshBasicMaterial({ visible: false });

export function paintGrip(context: CanvasRenderingContext2D, boardWidth: number): void {
  context.fillStyle = colours.lineStrong;
  context.beginPath();
  context.roundRect((boardWidth - GRIP.width) / 2, GRIP.top, GRIP.width, GRIP.height, GRIP.height / 2);
  context.fill();
}

export class BoardGrab {
  /** What a hand takes. */
  readonly pick = new Mesh(new PlaneGeometry(PICK.width, PICK.height), UNSEEN);
  readonly #group: Group;
  readonly #store: HandleStore<void>;
  readonly #unbind: () => void;
  readonly #wished = new Vector3();
  /** From where it would stand by itself; null as long as nobody moved it. */
  #offset: Vector3 | null = null;
  #isHeld = false;

  constructor(group: Group, halfHeight: number) {
    this.#group = group;
    this.pick.position.set(0, halfHeight + PICK.over - PICK.height / 2, PICK.before);
    Object.assign(this.pick, NOT_POKED);
    group.add(this.pick);
    this.#store = new HandleStore<void>(group, () => ({
      rotate: false,
      scale: false,
      multitouch: false,
      filter: (event) => GRABBING.has(event.pointerType),
      apply: (state) => {
        this.#isHeld = !state.last;
        this.#wished.copy(state.current.position);
        this.#offset ??= new Vector3();
      },
    }));
    this.#unbind = this.#store.bind(this.pick);
  }

  /** Once a frame, after the board stood where it stands by itself. */
  update(timeMs: number, head: Camera): void {
    const { position } = this.#group;
    const own = before.copy(position);
    if (this.#isHeld) position.copy(this.#wished);
    this.#store.update(timeMs);
    if (!this.#offset) return;
    if (this.#isHeld) this.#offset.subVectors(this.#wished, own);
    position.copy(own).add(this.#offset);
    faceTowards(this.#group, head);
  }

  /** Back to where it stands by itself. */
  forget(): void {
    this.#store.cancel();
    this.#isHeld = false;
    this.#offset = null;
  }

  dispose(): void {
    this.#unbind();
    this.pick.geometry.dispose();
  }
}

const before = new Vector3();
