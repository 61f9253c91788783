// A short video of the 3D view with its notice and numbers, saved by the browser. One minute at most, without sound.
import type { PlanningApp } from "../planning-app";
import { strings } from "../strings";
import { overlay, save } from "./picture";
import { pictureWords } from "./picture-words";
import { painted, scaleOf } from "./take-snapshot";
import { withDuration } from "./webm-duration";

export const LONGEST_S = 60;
const FRAMES_PER_S = 30;
/** Wider is not worth its bytes. */
const MOST_WIDTH = 1280;
/** Vp8 first: it costs a slow machine least while somebody works. */
const TYPES = ["video/webm;codecs=vp8", "video/webm;codecs=vp9", "video/webm"] as const;

export interface RecordingHooks {
  /** Seconds recorded; null once it is over. */
  told(seconds: number | null): void;
}

export function canRecord(): boolean {
  return typeof MediaRecorder !== "undefined" && "captureStream" in HTMLCanvasElement.prototype;
}

export class Recording {
  readonly #app: PlanningApp;
  readonly #hooks: RecordingHooks;
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #recorder: MediaRecorder;
  readonly #parts: Blob[] = [];
  readonly #stop: readonly (() => void)[];
  readonly #startedMs = performance.now();
  #drawnMs = 0;

  /** Begins at once. Throws where the browser cannot. */
  constructor(app: PlanningApp, hooks: RecordingHooks) {
    const source = app.viewport?.renderer.domElement;
    if (!source || !canRecord()) throw new Error("this browser records no canvas");
    this.#app = app;
    this.#hooks = hooks;
    const share = Math.min(1, MOST_WIDTH / source.width);
    // Encoders want even sides.
    this.#canvas = painted(
      source,
      2 * Math.round((source.width * share) / 2),
      2 * Math.round((source.height * share) / 2),
    );
    const context = this.#canvas.getContext("2d");
    if (!context) throw new Error("no 2D canvas");
    this.#context = context;
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.#recorder = new MediaRecorder(this.#canvas.captureStream(FRAMES_PER_S), {
      ...(mimeType ? { mimeType } : {}),
      videoBitsPerSecond: 6_000_000,
    });
    this.#recorder.ondataavailable = (event) => this.#parts.push(event.data);
    this.#recorder.onstop = () => this.#finish();
    this.#recorder.start(1000);
    const clock = setInterval(() => this.#tick(), 250);
    this.#stop = [app.onFrame(() => this.#draw()), () => clearInterval(clock)];
    hooks.told(0);
    app.requestFrame();
  }

  stop(): void {
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
  }

  #tick(): void {
    const seconds = (performance.now() - this.#startedMs) / 1000;
    if (seconds >= LONGEST_S) this.stop();
    else {
      this.#hooks.told(seconds);
      // A view at rest is drawn too, or the video would be empty.
      this.#app.requestFrame();
    }
  }

  /** Right after the page's own frame, while its picture is still there. */
  #draw(): void {
    const now = performance.now();
    if (now - this.#drawnMs < 1000 / FRAMES_PER_S) return;
    this.#drawnMs = now;
    const { width, height } = this.#canvas;
    const source = this.#app.viewport?.renderer.domElement;
    if (!source) return;
    this.#context.fillStyle = "#0d141b";
    this.#context.fillRect(0, 0, width, height);
    this.#context.drawImage(source, 0, 0, width, height);
    overlay(this.#context, pictureWords(this.#app), scaleOf(this.#app, height));
  }

  #finish(): void {
    for (const stop of this.#stop) stop();
    for (const track of this.#recorder.stream.getTracks()) track.stop();
    this.#hooks.told(null);
    if (this.#parts.length > 0) void this.#save(performance.now() - this.#startedMs);
  }

  async #save(lengthMs: number): Promise<void> {
    const bytes = new Uint8Array(await new Blob(this.#parts).arrayBuffer());
    const file = new Blob([withDuration(bytes, lengthMs)], { type: "video/webm" });
    save(file, `cantlie-${this.#app.caseId}.webm`);
  }
}

export function startRecording(app: PlanningApp, hooks: RecordingHooks): Recording | null {
  try {
    return new Recording(app, hooks);
  } catch (error) {
    console.info("no recording", error);
    app.session.tell(strings.measuring.recordFailed, strings.measuring.recordCure);
    return null;
  }
}
