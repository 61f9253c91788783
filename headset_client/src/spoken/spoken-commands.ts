// A command by voice: listened for when asked, shown as understood, and done only after a yes.
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Command } from "../tools/commands";
import { type Meaning, meaningOf, type SpokenCommand, type SpokenWords, saysOneOf } from "./matching";
import type { HeardWords, Recogniser, RecogniserProblem } from "./recogniser";

export type SpokenPhase = "off" | "idle" | "hearing" | "confirming" | "unsure" | "problem";

export interface SpokenState {
  readonly phase: SpokenPhase;
  /** What was heard, word for word. */
  readonly heard: string;
  /** What it may mean; one where a yes is waited for. */
  readonly candidates: readonly Command[];
  readonly problem: RecogniserProblem | null;
  /** The microphone is open for an answer. */
  readonly isListening: boolean;
}

export interface SpokenParts {
  readonly recogniser: Recogniser;
  readonly language: string;
  readonly words: SpokenWords & { readonly yes: readonly string[]; readonly no: readonly string[] };
  /** As they are at the moment. */
  commands(): readonly SpokenCommand[];
}

/** After that a question is taken for unanswered, which is a no. */
const ANSWER_WITHIN_MS = 20_000;
const MOST_ANSWERS = 3;

const IDLE: SpokenState = { phase: "idle", heard: "", candidates: [], problem: null, isListening: false };

export class SpokenCommands {
  readonly state: StoreApi<SpokenState> = createStore<SpokenState>(() => ({ ...IDLE, phase: "off" }));
  readonly #parts: SpokenParts;
  #stop: () => void = () => undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #answers = 0;

  constructor(parts: SpokenParts) {
    this.#parts = parts;
  }

  turn(on: boolean): void {
    this.#quiet();
    this.state.setState({ ...IDLE, phase: on ? "idle" : "off" }, true);
  }

  /** Hears one command. */
  listen(): void {
    if (this.state.getState().phase === "off") return;
    this.#quiet();
    this.state.setState({ ...IDLE, phase: "hearing", isListening: true }, true);
    this.#hear((alternatives) => this.#understand(alternatives));
  }

  /** Yes: does what was shown. */
  confirm(): void {
    const { phase, candidates } = this.state.getState();
    if (phase === "confirming") this.#run(candidates[0]);
  }

  /** One of those that may have been meant, chosen by hand: which is a yes. */
  pick(index: number): void {
    const { phase, candidates } = this.state.getState();
    if (phase === "unsure") this.#run(candidates[index]);
  }

  /** No: nothing is done. */
  reject(): void {
    if (this.state.getState().phase === "off") return;
    this.turn(true);
  }

  dispose(): void {
    this.#quiet();
  }

  #understand(alternatives: readonly HeardWords[]): void {
    const meaning = meaningOf(this.#parts.commands(), alternatives, this.#parts.words);
    if (meaning.isSure) this.#ask(meaning);
    else {
      this.#waitForAnswer();
      this.state.setState({ ...IDLE, phase: "unsure", heard: meaning.text, candidates: meaning.commands }, true);
    }
  }

  #ask({ text, commands }: Meaning): void {
    this.#answers = 0;
    this.#waitForAnswer();
    this.state.setState({ ...IDLE, phase: "confirming", heard: text, candidates: commands.slice(0, 1) }, true);
    this.#hearAnswer();
  }

  /** Anything but yes and no is heard again, a few times; hands can answer all along. */
  #hearAnswer(): void {
    this.#answers += 1;
    this.state.setState({ isListening: this.#answers <= MOST_ANSWERS });
    if (this.#answers > MOST_ANSWERS) return;
    this.#hear(
      (alternatives) => {
        if (saysOneOf(this.#parts.words.no, alternatives)) this.reject();
        else if (saysOneOf(this.#parts.words.yes, alternatives)) this.confirm();
        else this.#hearAnswer();
      },
      () => this.#hearAnswer(),
    );
  }

  #hear(
    onHeard: (alternatives: readonly HeardWords[]) => void,
    onProblem = (problem: RecogniserProblem) => {
      this.state.setState({ ...IDLE, phase: "problem", problem }, true);
      this.#waitForAnswer();
    },
  ): void {
    this.#stop = this.#parts.recogniser.hear(this.#parts.language, { onHeard, onProblem });
  }

  #run(command: Command | undefined): void {
    this.turn(true);
    command?.run();
  }

  #waitForAnswer(): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.reject(), ANSWER_WITHIN_MS);
  }

  #quiet(): void {
    clearTimeout(this.#patience);
    this.#stop();
    this.#stop = () => undefined;
  }
}
