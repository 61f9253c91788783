// Stands where a headset may be entered; what a headset needs is fetched when there is one, after the first picture.
import type { Camera, Mesh } from "three";
import type { DesktopView } from "../scene/desktop-view";
import type { Headset, HeadsetHooks } from "./headset";
import type { HeadsetWorld } from "./headset-world";
import { findXr } from "./xr-support";

export interface DoorHooks extends Omit<HeadsetHooks, "view"> {
  /** Null while the page has no canvas. */
  view(): DesktopView | null;
}

export class HeadsetDoor {
  readonly #hooks: DoorHooks;
  /** What hands will be able to take. */
  readonly #sheets = new Map<string, Mesh>();
  #loading: Promise<Headset> | null = null;
  #headset: Headset | null = null;
  #disposed = false;

  constructor(hooks: DoorHooks) {
    this.#hooks = hooks;
  }

  /** Null while nobody wears a headset. */
  get world(): HeadsetWorld | null {
    return this.#headset?.world ?? null;
  }

  /** Gets ready if this browser has a headset, so that entering it asks for nothing more. */
  async prepare(): Promise<void> {
    if ((await findXr()).kind === "ready") await this.#load();
  }

  async enter(mode: "vr" | "ar"): Promise<void> {
    await (await this.#load()).enter(mode);
  }

  addSheet(id: string, pick: Mesh): void {
    this.#sheets.set(id, pick);
    this.#headset?.addSheet(id, pick);
  }

  removeSheet(id: string): void {
    this.#sheets.delete(id);
    this.#headset?.removeSheet(id);
  }

  abandon(): void {
    this.#headset?.abandon();
  }

  /** Once a frame, before it is drawn. */
  update(timeMs: number, head: Camera): void {
    this.#headset?.update(timeMs, head);
  }

  dispose(): void {
    this.#disposed = true;
    this.#headset?.dispose();
  }

  #load(): Promise<Headset> {
    this.#loading ??= this.#make().catch((error: unknown) => {
      // The network may be back at the next try.
      this.#loading = null;
      throw error;
    });
    return this.#loading;
  }

  async #make(): Promise<Headset> {
    const { Headset } = await import("./headset");
    const view = this.#hooks.view();
    if (!view || this.#disposed) throw new Error("the case was closed");
    const headset = new Headset({ ...this.#hooks, view });
    for (const [id, pick] of this.#sheets) headset.addSheet(id, pick);
    this.#headset = headset;
    return headset;
  }
}
