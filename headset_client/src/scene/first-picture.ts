// When the first complete picture was there: every structure that is shown at its coarsest level or finer, and drawn.

/** The graphics card works behind the page's back; asked once a task until it has drawn what it was given. */
const POLL_MS = 1;

/** Marks of the browser's own timeline, so that its tools and the benchmark read the same. */
export function markOnce(name: string): void {
  const entry = `cantlie:${name}`;
  if (performance.getEntriesByName(entry, "mark").length === 0) performance.mark(entry);
}

export class FirstPicture {
  /** Since navigation; null before. */
  milliseconds: number | null = null;
  /** Resolves when it is there. */
  readonly shown: Promise<void>;
  #drawn = false;
  #show: () => void = () => {};

  constructor(onShown: () => void) {
    this.shown = new Promise<void>((resolve) => {
      this.#show = resolve;
    }).then(onShown);
  }

  /** After every frame, with whether nothing that is shown was missing in it. */
  afterFrame(complete: boolean, gl: WebGL2RenderingContext): void {
    if (this.#drawn || !complete) return;
    this.#drawn = true;
    markOnce("first-picture-drawn");
    const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
    gl.flush();
    if (!fence) return;
    const wait = (): void => {
      if (!gl.isContextLost() && gl.getSyncParameter(fence, gl.SYNC_STATUS) !== gl.SIGNALED) {
        setTimeout(wait, POLL_MS);
        return;
      }
      gl.deleteSync(fence);
      this.milliseconds = performance.now();
      markOnce("first-picture");
      this.#show();
    };
    wait();
  }
}
