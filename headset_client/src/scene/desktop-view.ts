// What a screen shows of the scene: the canvas, its renderer and camera, and a frame where something changed.
import { NoToneMapping, PerspectiveCamera, Scene, WebGLRenderer } from "three";
import { drawingMeans } from "../drawing-means";
import { type Pane, panesOf } from "./panes";

const FIELD_OF_VIEW = 28;
/** Finer than this no eye sees, and every pixel is drawn. */
const MOST_PIXELS = 2;

export class DesktopView {
  readonly renderer: WebGLRenderer;
  readonly canvas: HTMLCanvasElement;
  readonly camera = new PerspectiveCamera(FIELD_OF_VIEW, 1, 0.01, 30);
  readonly scene = new Scene();
  readonly #host: HTMLElement;
  readonly #draw: (timeMs: number) => void;
  readonly #resized: ResizeObserver;
  #requested = 0;
  #panes: readonly Pane[] = [];

  /**
   * @param host takes the canvas, and says how large it is.
   * @param draw prepares and draws a frame; called once for any number of `invalidate`.
   */
  constructor(host: HTMLElement, draw: (timeMs: number) => void) {
    this.#host = host;
    this.#draw = draw;
    const { canvas, context } = drawingMeans();
    if (!context) throw new Error("this browser draws nothing in three dimensions");
    this.canvas = canvas;
    this.renderer = new WebGLRenderer({ canvas, context, alpha: true });
    this.renderer.toneMapping = NoToneMapping;
    // Each question to the driver waits until it has compiled: they are asked when the first picture is there.
    this.renderer.debug.checkShaderErrors = false;
    // A frame may be drawn in several parts.
    this.renderer.info.autoReset = false;
    host.append(canvas);
    this.#resize();
    this.#resized = new ResizeObserver(() => this.#resize());
    this.#resized.observe(host);
  }

  /** Asks for a frame. In a headset the session's own rhythm draws. */
  invalidate(): void {
    this.#requested ||= requestAnimationFrame((timeMs) => {
      this.#requested = 0;
      if (!this.renderer.xr.isPresenting) this.#draw(timeMs);
    });
  }

  /** The panes of so many pictures side by side; the camera takes on their shape. */
  divide(count: number): readonly Pane[] {
    if (count !== this.#panes.length) this.#lay(count);
    return this.#panes;
  }

  /** Complains of shaders that the driver did not take, from now on and so far. */
  checkShaders(): void {
    const { renderer } = this;
    renderer.debug.checkShaderErrors = true;
    const gl = renderer.getContext();
    for (const { name, program: compiled } of renderer.info.programs ?? []) {
      const program = compiled as WebGLProgram;
      if (gl.getProgramParameter(program, gl.LINK_STATUS) === false && !gl.isContextLost()) {
        console.error("shader", name, gl.getProgramInfoLog(program));
      }
    }
  }

  dispose(): void {
    cancelAnimationFrame(this.#requested);
    this.#resized.disconnect();
    this.renderer.dispose();
    this.renderer.forceContextLoss();
    this.canvas.remove();
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#host;
    // The headset has the renderer; the observer tells again when it is back.
    if (this.renderer.xr.isPresenting || clientWidth === 0 || clientHeight === 0) return;
    this.renderer.setPixelRatio(Math.min(MOST_PIXELS, Math.max(1, window.devicePixelRatio)));
    this.renderer.setSize(clientWidth, clientHeight);
    this.#lay(Math.max(1, this.#panes.length));
    this.invalidate();
  }

  #lay(count: number): void {
    const { clientWidth: width, clientHeight: height } = this.#host;
    this.#panes = panesOf(count, { width, height });
    const [pane] = this.#panes;
    if (!pane || pane.width <= 0 || pane.height <= 0) return;
    this.camera.aspect = pane.width / pane.height;
    this.camera.updateProjectionMatrix();
  }
}
