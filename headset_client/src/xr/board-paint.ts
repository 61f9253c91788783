// When the boards of the headset are painted anew, and what the numbers say: only what is shown anew is painted.
import { numbersOf } from "../panels/shown-view";
import type { SessionState } from "../session/session-state";
import { numbersFailure, shownNumbers } from "../session/shown-numbers";
import { strings } from "../strings";
import type { HeadsetParts } from "./headset-world";
import type { NumbersBoard } from "./numbers-board";
import type { ToolBoard } from "./tool-board";
import { Watch } from "./watch";
import type { WristPanel } from "./wrist-panel";

interface Boards {
  readonly tools: ToolBoard;
  readonly numbers: NumbersBoard;
  readonly wrist: WristPanel;
}

export class BoardPaint {
  readonly #parts: HeadsetParts;
  readonly #boards: Boards;
  readonly #toolsWatch = new Watch();
  readonly #numbersWatch = new Watch();
  #dirty = true;

  constructor(parts: HeadsetParts, boards: Boards) {
    this.#parts = parts;
    this.#boards = boards;
  }

  /** Something that the numbers may show is another. */
  touch(): void {
    this.#dirty = true;
  }

  /** What the buttons show is another. */
  forgetTools(): void {
    this.#toolsWatch.forget();
    this.#dirty = true;
  }

  /** Once a frame. While a hand drags, the state changes every frame: what did not change is not painted. */
  paint(): void {
    if (!this.#dirty) return;
    this.#dirty = false;
    const state = this.#parts.session.state.getState();
    if (this.#toolsWatch.differs(this.#offered(state))) this.#boards.tools.refresh();
    this.#paintNumbers(state);
  }

  /** What the buttons depend on. */
  #offered(state: SessionState): readonly unknown[] {
    const { plan, book, pending, proposals, toasts, scene, numbers, connection, people, undoable, measured } = state;
    return [
      plan,
      book,
      numbers.ofPlans,
      pending,
      proposals,
      toasts,
      scene,
      numbers.committed,
      connection.kind,
      state.held?.resection.resection_id ?? null,
      undoable,
      measured,
      people.length,
      state.voice,
      this.#parts.voice()?.state.getState(),
      this.#parts.spoken()?.state.getState(),
    ];
  }

  #paintNumbers(state: SessionState): void {
    const { ui, haptics } = this.#parts;
    const { numbers, plan, pending, proposals, scene, people, connection } = state;
    const held = state.held?.resection.resection_id ?? null;
    const { ghost } = ui.getState();
    const stale = shownNumbers(state)?.stale ?? null;
    const { length } = pending;
    const seen = [held, ghost, stale, state.past];
    const shown = [numbers, plan, length, proposals.found, scene, people, connection.kind, ...seen];
    if (!this.#numbersWatch.differs(shown)) return;
    const view = numbersOf(state, ghost);
    this.#boards.numbers.paint({ numbers: view, message: this.#message() });
    this.#boards.wrist.paint(view);
    if (view && held !== null) haptics.margins(view.margins);
  }

  #message(): string | null {
    const state = this.#parts.session.state.getState();
    if (state.connection.kind !== "online") {
      const unsaved = state.pending.length;
      return unsaved > 0 ? strings.unsaved.count(unsaved) : strings.connection.reconnecting;
    }
    if (state.past !== null) return strings.replay.banner;
    const { ghost } = this.#parts.ui.getState();
    const proposal = state.proposals.found?.find((one) => one.proposal_id === ghost);
    if (proposal) return proposal.title;
    const failure = numbersFailure(state);
    if (failure) return failure.message;
    const holder = state.people.find((person) => person.holding !== null && person.client_id !== state.me?.clientId);
    return holder ? strings.people.holding(holder.display_name || strings.people.someone) : null;
  }
}
