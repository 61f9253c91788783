// The meshes of a scene on their way: what is wanted is fetched, decoded, mounted a little a frame, and let go again.
import type { MeshPiece } from "../decode/mesh-pieces";
import type { StructureAsset } from "../protocol";
import { importance, type LevelChoice, nextLevel } from "./level-choice";
import { type MeshPrimitive, primitiveOf } from "./mesh-geometry";
import { type HeldLevel, levelsToDrop } from "./mesh-memory";
import type { StructureView } from "./structure-view";

/** What a frame takes up without being late. */
const BYTES_A_FRAME = 2 * 1024 * 1024;
/** Slow enough for all coarse levels to come on a quick link, quick enough to see them come on a slow one. */
const HOLD_MS = 150;
/** Finer levels are asked for after the coarse ones and the distance fields. */
const FINER_PRIORITY = 200;

export interface MeshStreamHooks {
  /** Fetched and decoded. */
  load(asset: string, priority: number): Promise<readonly MeshPiece[]>;
  prioritise(asset: string, priority: number): void;
  cancel(asset: string): void;
  bytesPerSecond(): number | null;
  onFailure(error: unknown): void;
  /** Something arrived, was shown or failed. */
  onChange(): void;
}

interface Slot {
  readonly view: StructureView;
  /** The level to end at; null until the view is known. */
  wanted: number | null;
  priority: number;
  /** The asset under way to the page or to the graphics card. */
  loading: string | null;
}

interface MountJob {
  readonly slot: Slot;
  readonly asset: string;
  readonly primitives: MeshPrimitive[];
}

export class MeshStream {
  readonly #hooks: MeshStreamHooks;
  readonly #budgetBytes: number;
  readonly #slots = new Map<string, Slot>();
  readonly #mounting: MountJob[] = [];
  readonly #failed = new Set<string>();
  readonly #lastUsed = new Map<string, number>();
  #clock = 0;
  /** Runs while first levels wait for one another, to appear together. */
  #hold: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(budgetBytes: number, hooks: MeshStreamHooks) {
    this.#budgetBytes = budgetBytes;
    this.#hooks = hooks;
  }

  /** The structures of the scene now; those that stay go on as they are. */
  setViews(views: ReadonlyMap<string, StructureView>): void {
    for (const [name, slot] of this.#slots) {
      if (views.get(name) === slot.view) continue;
      this.#abandon(slot);
      this.#slots.delete(name);
    }
    for (const [name, view] of views) {
      if (this.#slots.has(name)) continue;
      this.#slots.set(name, { view, wanted: null, priority: importance(view.asset), loading: null });
    }
    for (const slot of this.#slots.values()) this.#advance(slot);
  }

  /** What the view asks for; fetches under way follow. */
  choose(choices: ReadonlyMap<string, LevelChoice>): void {
    [...choices].forEach(([name, { level }], rank) => {
      const slot = this.#slots.get(name);
      if (!slot) return;
      slot.wanted = level;
      if (slot.view.shown !== null) slot.priority = FINER_PRIORITY + rank;
      this.#advance(slot);
    });
  }

  /** Each structure counts for its first level and for the one it should end at. */
  get progress(): { readonly done: number; readonly steps: number; readonly failed: number } {
    let [done, steps, failed] = [0, 0, 0];
    for (const slot of this.#slots.values()) {
      const target = this.#targetAsset(slot);
      if (target === undefined) continue;
      steps += 1;
      if (slot.view.shown === target) done += 1;
      else if (this.#failed.has(target)) failed += 1;
    }
    return { done, steps, failed };
  }

  /** Everything that is shown has a level on screen, or cannot have one. */
  get complete(): boolean {
    return [...this.#slots.values()].every(
      ({ view }) => view.shown !== null || !view.appearance.visible || !view.asset.levels.some(this.#mayCome),
    );
  }

  /** Mounts what a frame takes; call before it is drawn. True while more waits. */
  step(): boolean {
    this.#clock += 1;
    if (this.#hold !== undefined) return false;
    let left = BYTES_A_FRAME;
    for (let job = this.#mounting[0]; job; job = this.#mounting[0]) {
      const size = job.primitives[0]?.bytes ?? 0;
      if (size > left && left < BYTES_A_FRAME) break;
      // A frame takes one level, but for the first picture, in which all should appear together.
      const first = job.slot.view.shown === null;
      this.#mountNext(job);
      left -= size;
      if (job.primitives.length === 0) {
        this.#mounting.shift();
        this.#finish(job);
      }
      if (!first) break;
    }
    return this.#mounting.length > 0;
  }

  stop(): void {
    this.#stopped = true;
    this.#release();
    for (const slot of this.#slots.values()) this.#abandon(slot);
    for (const job of this.#mounting) for (const primitive of job.primitives) primitive.geometry.dispose();
    this.#mounting.length = 0;
  }

  readonly #mayCome = ({ asset }: { readonly asset: string }): boolean => !this.#failed.has(asset);

  #targetAsset({ view, wanted }: Slot): string | undefined {
    return view.asset.levels[wanted ?? view.asset.levels.length - 1]?.asset;
  }

  /** Fetches or shows the next level on the way to the wanted one, unless it is under way. */
  #advance(slot: Slot): void {
    const next = this.#next(slot);
    if (next !== null && next === slot.loading) {
      this.#hooks.prioritise(next, slot.priority);
      return;
    }
    this.#abandon(slot);
    if (next === null) return;
    if (slot.view.show(next)) {
      this.#shown(slot, next);
      return;
    }
    slot.loading = next;
    this.#load(slot, next).catch((error: unknown) => {
      if (slot.loading !== next) return;
      slot.loading = null;
      this.#failed.add(next);
      if (!this.#firstAreMissing) this.#release();
      this.#hooks.onFailure(error);
      this.#hooks.onChange();
    });
  }

  /** Null where the wanted level is on screen or cannot come. */
  #next(slot: Slot): string | null {
    const { view } = slot;
    const { asset } = view;
    const coarsest = asset.levels.length - 1;
    if (view.shown === this.#targetAsset(slot) || coarsest < 0) return null;
    const held = asset.levels.findIndex((level) => view.held.has(level.asset) && level.asset !== slot.loading);
    const wanted = slot.wanted ?? coarsest;
    const onCard = asset.levels[wanted]?.asset;
    if (onCard !== undefined && held === wanted) return onCard;
    // A changed structure has nothing yet, but what it was is on screen and need not become coarse first.
    const from = held >= 0 ? held : view.shown === null ? null : asset.levels.length;
    const level = nextLevel(asset, from, wanted, this.#hooks.bytesPerSecond());
    const next = asset.levels[level]?.asset;
    return next === undefined || this.#failed.has(next) || next === view.shown ? null : next;
  }

  async #load(slot: Slot, asset: string): Promise<void> {
    const pieces = await this.#hooks.load(asset, slot.priority);
    if (this.#stopped || slot.loading !== asset) return;
    this.#mounting.push({ slot, asset, primitives: pieces.map(primitiveOf) });
    if (slot.view.shown === null && this.#firstAreMissing) {
      this.#hold ??= setTimeout(() => {
        this.#release();
        this.#hooks.onChange();
      }, HOLD_MS);
      return;
    }
    this.#release();
    this.#hooks.onChange();
  }

  /** Structures without a level whose first one has not arrived yet. */
  get #firstAreMissing(): boolean {
    const arrived = new Set(this.#mounting.map((job) => job.slot));
    return [...this.#slots.values()].some(
      (slot) => slot.view.shown === null && slot.loading !== null && !arrived.has(slot),
    );
  }

  #release(): void {
    clearTimeout(this.#hold);
    this.#hold = undefined;
  }

  #mountNext(job: MountJob): void {
    const primitive = job.primitives.shift();
    if (primitive) job.slot.view.mount(job.asset, primitive);
  }

  #finish({ slot, asset }: MountJob): void {
    slot.loading = null;
    slot.view.show(asset);
    this.#shown(slot, asset);
    this.#advance(slot);
  }

  #shown(slot: Slot, asset: string): void {
    this.#lastUsed.set(asset, this.#clock);
    this.#dropUnknown(slot.view);
    this.#keepWithinBudget();
    this.#hooks.onChange();
  }

  /** Levels that the case no longer has were kept until their successor was there. */
  #dropUnknown(view: StructureView): void {
    const known = new Set(view.asset.levels.map(({ asset }) => asset));
    for (const asset of view.held.keys()) if (!known.has(asset)) view.drop(asset);
  }

  #keepWithinBudget(): void {
    const held = [...this.#slots].flatMap(([name, slot]) => this.#heldBy(name, slot));
    for (const level of levelsToDrop(held, this.#budgetBytes)) {
      const slot = this.#slots.get(level.structure);
      if (!slot) continue;
      if (level.role === "shown-hidden") {
        const coarsest = slot.view.asset.levels.length - 1;
        slot.wanted = coarsest;
        // Not there any more where the case changed: then it is fetched, and this level goes the next time.
        if (!slot.view.show(slot.view.asset.levels[coarsest]?.asset ?? "")) continue;
      }
      slot.view.drop(level.asset);
    }
  }

  #heldBy(structure: string, { view, loading }: Slot): HeldLevel[] {
    const coarsest = view.asset.levels[view.asset.levels.length - 1]?.asset;
    return [...view.held].flatMap(([asset, bytes]) => {
      if (asset === loading) return [];
      const onScreen = view.appearance.visible || asset === coarsest ? "shown" : "shown-hidden";
      const role = asset === view.shown ? onScreen : asset === coarsest ? "coarsest" : "idle";
      return [{ structure, asset, bytes, role, lastUsed: this.#lastUsed.get(asset) ?? 0 } as const];
    });
  }

  /** Gives up what is under way, to the page or to the card. */
  #abandon(slot: Slot): void {
    const asset = slot.loading;
    if (asset === null) return;
    slot.loading = null;
    this.#hooks.cancel(asset);
    const index = this.#mounting.findIndex((job) => job.slot === slot);
    const [job] = index < 0 ? [] : this.#mounting.splice(index, 1);
    for (const primitive of job?.primitives ?? []) primitive.geometry.dispose();
    slot.view.drop(asset);
  }
}

/** The parts of a scene that levels are chosen for. */
export function shownStructures(views: Iterable<StructureView>): readonly {
  readonly asset: StructureAsset;
  readonly visible: boolean;
  readonly level: number | null;
}[] {
  return [...views].map((view) => ({ asset: view.asset, visible: view.appearance.visible, level: view.level }));
}
