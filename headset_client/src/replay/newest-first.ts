// One question at a time; of those that come meanwhile only the newest is asked.

export class NewestFirst<Question, Answer> {
  readonly #ask: (question: Question) => Promise<Answer>;
  readonly #answered: (answer: Answer) => void;
  readonly #failed: (error: unknown) => void;
  #waiting: { readonly question: Question } | null = null;
  #busy = false;
  #stopped = false;

  constructor(
    ask: (question: Question) => Promise<Answer>,
    answered: (answer: Answer) => void,
    failed: (error: unknown) => void,
  ) {
    this.#ask = ask;
    this.#answered = answered;
    this.#failed = failed;
  }

  get isBusy(): boolean {
    return this.#busy;
  }

  want(question: Question): void {
    this.#waiting = { question };
    if (!this.#busy) void this.#run();
  }

  /** What is under way is answered to nobody. */
  stop(): void {
    this.#stopped = true;
    this.#waiting = null;
  }

  async #run(): Promise<void> {
    this.#busy = true;
    while (this.#waiting) {
      const { question } = this.#waiting;
      this.#waiting = null;
      try {
        const answer = await this.#ask(question);
        this.#busy = this.#waiting !== null;
        if (!this.#stopped) this.#answered(answer);
      } catch (error) {
        this.#failed(error);
      }
    }
    this.#busy = false;
  }
}
