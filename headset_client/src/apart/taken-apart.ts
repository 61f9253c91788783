// The liver taken apart along the plan: asks for the parts, moves them, and puts the liver together when the plan changes.
import { createStore, type StoreApi } from "zustand/vanilla";
import type { MeshPiece } from "../decode/mesh-pieces";
import type { PartAsset, Parts } from "../protocol";
import { displayedPlan } from "../session/displayed-plan";
import type { PlanningSession } from "../session/planning-session";
import { strings } from "../strings";

/** After what the picture needs first, before finer levels. */
const PRIORITY = 50;
const OPENING_MS = 700;
export const GAP_MM = { start: 45, most: 120 } as const;

/** A part as it came, decoded. */
export interface PartPieces {
  readonly part: PartAsset;
  readonly pieces: readonly MeshPiece[];
}

export interface ApartScene {
  /** Fetched and decoded. */
  loadMesh(asset: string, priority: number): Promise<readonly MeshPiece[]>;
  /** Shows the parts in place of the liver, or the liver again. */
  showParts(parts: readonly PartPieces[] | null, apartLps: readonly [number, number, number]): void;
  /** How far the resected part is drawn out, mm. */
  moveParts(gapMm: number): void;
}

export interface ApartState {
  readonly phase: "whole" | "cutting" | "apart";
  /** 0 to 1 while the server cuts. */
  readonly fraction: number;
  /** Where the parts end up, mm. */
  readonly gapMm: number;
  readonly volumesMl: { readonly remnant: number; readonly resected: number } | null;
}

const WHOLE: ApartState = { phase: "whole", fraction: 0, gapMm: GAP_MM.start, volumesMl: null };

export interface ApartParts {
  readonly session: PlanningSession;
  scene(): ApartScene;
  /** Draw a frame: something moves. */
  requestFrame(): void;
}

export class TakenApart {
  readonly state: StoreApi<ApartState> = createStore(() => WHOLE);
  readonly #parts: ApartParts;
  readonly #stop: () => void;
  #requestId: string | null = null;
  #taken: Parts | null = null;
  /** What the parts were cut by: the very states of the plan. */
  #plan: readonly unknown[] = [];
  #shownMm = 0;
  #from: { readonly mm: number; readonly atMs: number | null } = { mm: 0, atMs: null };

  constructor(parts: ApartParts) {
    this.#parts = parts;
    this.#stop = parts.session.state.subscribe(() => this.#follow());
  }

  dispose(): void {
    this.#stop();
  }

  toggle(): void {
    if (this.state.getState().phase === "whole") this.open();
    else this.close();
  }

  open(): void {
    if (this.state.getState().phase !== "whole") return;
    this.#plan = this.#displayed();
    this.#requestId = this.#parts.session.askParts();
    if (this.#requestId === null) return;
    this.state.setState({ ...WHOLE, phase: "cutting" });
  }

  /** The liver is whole again; cutting that goes on is stopped. */
  close(): void {
    const { phase } = this.state.getState();
    if (phase === "cutting" && this.#requestId) this.#parts.session.cancelParts(this.#requestId);
    this.#requestId = null;
    this.#taken = null;
    this.state.setState(WHOLE);
    if (phase === "apart") {
      this.#parts.scene().showParts(null, [0, 0, 0]);
      this.#parts.requestFrame();
    }
  }

  setGap(gapMm: number): void {
    const clamped = Math.max(0, Math.min(GAP_MM.most, gapMm));
    this.state.setState({ gapMm: clamped });
    // A hand on the slider is followed at once.
    this.#from = { mm: clamped, atMs: null };
    this.#show(clamped);
  }

  /** Once a frame; true while the parts still move. */
  update(nowMs: number): boolean {
    const { phase, gapMm } = this.state.getState();
    if (phase !== "apart" || this.#shownMm === gapMm) return false;
    if (this.#from.atMs === null) this.#from = { mm: this.#shownMm, atMs: nowMs };
    const part = reducedMotion() ? 1 : Math.min(1, (nowMs - (this.#from.atMs ?? nowMs)) / OPENING_MS);
    const eased = part * part * (3 - 2 * part);
    this.#show(part >= 1 ? gapMm : this.#from.mm + (gapMm - this.#from.mm) * eased);
    return this.#shownMm !== gapMm;
  }

  #show(mm: number): void {
    this.#shownMm = mm;
    this.#parts.scene().moveParts(mm);
    this.#parts.requestFrame();
  }

  #displayed(): readonly unknown[] {
    return displayedPlan(this.#parts.session.state.getState()).map(({ resection }) => resection);
  }

  #follow(): void {
    const { phase } = this.state.getState();
    if (phase === "whole") return;
    const displayed = this.#displayed();
    const { cuts, connection } = this.#parts.session.state.getState();
    const same = displayed.length === this.#plan.length && displayed.every((one, n) => isSame(one, this.#plan[n]));
    if (!same) {
      this.close();
      this.#parts.session.tell(strings.apart.changed, strings.apart.changedCure);
      return;
    }
    if (phase !== "cutting") return;
    const { parts, cutting } = cuts;
    if (parts && parts.request_id === this.#requestId) {
      if (parts !== this.#taken) void this.#take(parts);
    } else if (cutting?.requestId === this.#requestId) {
      if (cutting.fraction !== this.state.getState().fraction) this.state.setState({ fraction: cutting.fraction });
    } else if (cuts.ended === this.#requestId || connection.kind !== "online") this.close();
  }

  async #take(parts: Parts): Promise<void> {
    this.#taken = parts;
    const { session } = this.#parts;
    const scene = this.#parts.scene();
    try {
      const pieces = await Promise.all(
        parts.parts.map(async (part) => ({
          part,
          pieces: await scene.loadMesh(part.asset, PRIORITY),
        })),
      );
      if (this.#taken !== parts || this.state.getState().phase !== "cutting") return;
      const volumeOf = (side: PartAsset["side"]) =>
        parts.parts.find((part) => part.structure === "liver" && part.side === side)?.volume_ml ?? 0;
      this.#parts.scene().showParts(pieces, parts.apart_lps);
      this.#shownMm = 0;
      this.#from = { mm: 0, atMs: null };
      this.#parts.scene().moveParts(0);
      this.state.setState({
        phase: "apart",
        volumesMl: { remnant: volumeOf("remnant"), resected: volumeOf("resected") },
      });
      this.#parts.requestFrame();
    } catch (error) {
      console.warn("the parts of the liver did not come", error);
      if (this.#taken !== parts) return;
      this.close();
      session.tell(strings.apart.lost, strings.apart.lostCure);
    }
  }
}

function isSame(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

function reducedMotion(): boolean {
  return typeof matchMedia === "function" && matchMedia("(prefers-reduced-motion: reduce)").matches;
}
