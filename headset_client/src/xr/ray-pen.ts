// A controller's or hand's ray that draws on the liver while the line tool is on.
import { Matrix4, Raycaster, type WebXRManager } from "three";
import type { LineDraw } from "../tools/line-draw";

export class RayPen {
  readonly #manager: WebXRManager;
  readonly #line: LineDraw;
  readonly #session: XRSession | null;
  readonly #raycaster = new Raycaster();
  readonly #matrix = new Matrix4();
  readonly #pressed = (event: XRInputSourceEvent) => this.#press(event);
  readonly #released = (event: XRInputSourceEvent) => this.#release(event);
  #source: XRInputSource | null = null;

  constructor(manager: WebXRManager, line: LineDraw) {
    this.#manager = manager;
    this.#line = line;
    this.#session = manager.getSession();
    this.#session?.addEventListener("selectstart", this.#pressed);
    this.#session?.addEventListener("selectend", this.#released);
  }

  /** Once a frame. */
  update(): void {
    if (this.#source && this.#aim(this.#source, this.#manager.getFrame())) this.#line.extend(this.#raycaster);
  }

  dispose(): void {
    this.#session?.removeEventListener("selectstart", this.#pressed);
    this.#session?.removeEventListener("selectend", this.#released);
    this.#line.abandon();
  }

  #press(event: XRInputSourceEvent): void {
    if (!this.#line.isActive || this.#source) return;
    if (this.#aim(event.inputSource, event.frame) && this.#line.start(this.#raycaster))
      this.#source = event.inputSource;
  }

  #release(event: XRInputSourceEvent): void {
    if (event.inputSource !== this.#source) return;
    this.#source = null;
    this.#line.finish();
  }

  #aim(source: XRInputSource, frame: XRFrame | null): boolean {
    const space = this.#manager.getReferenceSpace();
    const pose = space && frame?.getPose(source.targetRaySpace, space);
    if (!pose) return false;
    this.#matrix.fromArray(pose.transform.matrix);
    this.#raycaster.ray.origin.setFromMatrixPosition(this.#matrix);
    this.#raycaster.ray.direction.set(0, 0, -1).transformDirection(this.#matrix);
    return true;
  }
}
