// A session played back: the plan as it was, its numbers, and the people where they were. Nobody else sees any of it.
import type { PlanningApp } from "../planning-app";
import type { ReplayedNumbers, ReplayedPlans } from "../protocol";
import { numbersKey } from "../session/past-state";
import { NewestFirst } from "./newest-first";
import { RecordedPeople } from "./recorded-people";
import { ReplayClient } from "./replay-client";
import { type ReplayStore, SPEEDS } from "./replay-state";
import { Timeline } from "./timeline";

/** States kept, so that scrubbing back and forth asks once. */
const MOST_KEPT = 400;

export class Replay {
  readonly #app: PlanningApp;
  readonly #store: ReplayStore;
  readonly #timeline: Timeline;
  readonly #people: RecordedPeople;
  readonly #plans = new Map<number, ReplayedPlans>();
  readonly #numbers = new Map<string, ReplayedNumbers>();
  readonly #asking: NewestFirst<number, ReplayedPlans>;
  readonly #counting: NewestFirst<{ readonly revision: number; readonly planId: string }, ReplayedNumbers>;
  readonly #stop: readonly (() => void)[];
  #shown: ReplayedPlans | null = null;
  #drawnMs: number | null = null;

  private constructor(app: PlanningApp, store: ReplayStore, timeline: Timeline, client: ReplayClient) {
    this.#app = app;
    this.#store = store;
    this.#timeline = timeline;
    this.#people = new RecordedPeople(app, client, timeline, () => store.setState({ lostPeople: true }));
    const failed = (error: unknown) => console.info("an instant of the replay is missing", error);
    this.#asking = new NewestFirst(
      (revision) => client.plans(revision),
      (plans) => this.#took(plans),
      failed,
    );
    this.#counting = new NewestFirst(
      ({ revision, planId }) => client.numbers(revision, planId),
      (numbers) => this.#counted(numbers),
      failed,
    );
    let lookedAt = "";
    this.#stop = [
      app.onFrame(() => this.#frame()),
      app.session.state.subscribe(({ book }) => {
        if (book.lookedAt === lookedAt) return;
        lookedAt = book.lookedAt;
        this.#count();
      }),
    ];
  }

  /** Asks what happened, and stands at its end: what is on screen is what was. */
  static async open(app: PlanningApp, store: ReplayStore): Promise<Replay> {
    const client = new ReplayClient(app.caseId);
    const told = await client.timeline();
    const timeline = new Timeline(told);
    const replay = new Replay(app, store, timeline, client);
    const lostPeople = told.damaged_recordings > 0;
    store.setState({ phase: "open", told, timeline, lostPeople });
    replay.seek(timeline.durationMs);
    return replay;
  }

  /** What is on screen is what was at this instant; nothing is on its way. */
  get isSettled(): boolean {
    return this.#shown?.revision === this.#store.getState().revision && !this.#counting.isBusy;
  }

  /** Who of the recording is in the scene. */
  get people(): readonly string[] {
    return this.#people.shown;
  }

  dispose(): void {
    for (const stop of this.#stop) stop();
    this.#asking.stop();
    this.#counting.stop();
    this.#people.dispose();
  }

  /** After something else was shown in its place. */
  showAgain(planId: string): void {
    this.#publish();
    this.#app.session.lookAt(planId);
  }

  /** From the beginning where it stands at the end. */
  toggle(): void {
    const { playing, atMs } = this.#store.getState();
    if (!playing && atMs >= this.#timeline.durationMs) this.seek(0);
    this.#store.setState({ playing: !playing });
    this.#drawnMs = null;
    this.#app.requestFrame();
  }

  seek(placeMs: number): void {
    const atMs = Math.min(this.#timeline.durationMs, Math.max(0, placeMs));
    const revision = this.#timeline.revisionAt(atMs);
    this.#store.setState({ atMs, revision });
    this.#people.show(atMs);
    if (this.#shown?.revision !== revision) this.#wantPlans(revision);
    this.#app.requestFrame();
  }

  /** To the change before or after, standing still. */
  step(by: 1 | -1): void {
    const { revision } = this.#store.getState();
    const last = this.#timeline.marks.length;
    const to = Math.min(last, Math.max(0, revision + by));
    this.#store.setState({ playing: false });
    this.seek(to === 0 ? 0 : this.#timeline.placeOfRevision(to));
  }

  setSpeed(speed: number): void {
    this.#store.setState({ speed });
  }

  changeSpeed(by: 1 | -1): void {
    const index = SPEEDS.indexOf(this.#store.getState().speed as (typeof SPEEDS)[number]);
    this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, index + by))] ?? 1);
  }

  #frame(): void {
    const { playing, atMs, speed } = this.#store.getState();
    if (!playing) return;
    const nowMs = performance.now();
    const passed = this.#drawnMs === null ? 0 : nowMs - this.#drawnMs;
    this.#drawnMs = nowMs;
    const next = atMs + passed * speed;
    if (next >= this.#timeline.durationMs) this.#store.setState({ playing: false });
    this.seek(next);
  }

  #wantPlans(revision: number): void {
    const known = this.#plans.get(revision);
    if (known) this.#show(known);
    else this.#asking.want(revision);
  }

  #took(plans: ReplayedPlans): void {
    keep(this.#plans, plans.revision, plans);
    const { revision } = this.#store.getState();
    // While it plays fast, what comes is shown, and the newest is asked for.
    this.#show(plans);
    if (plans.revision !== revision) this.#wantPlans(revision);
  }

  #show(plans: ReplayedPlans): void {
    const isNew = this.#shown?.revision !== plans.revision;
    this.#shown = plans;
    this.#publish();
    if (isNew) this.#follow(plans);
    this.#count();
    this.#app.requestFrame();
  }

  /** Looks at the plan that was changed, where one goes from change to change. */
  #follow({ revision }: ReplayedPlans): void {
    const changed = this.#timeline.marks.find(({ mark }) => mark.revision === revision)?.mark.plan_id;
    if (changed) this.#app.session.lookAt(changed);
  }

  #publish(): void {
    if (this.#shown) this.#app.session.showPast({ plans: this.#shown, numbers: this.#numbers });
  }

  #count(): void {
    const plans = this.#shown;
    if (!plans) return;
    const planId = this.#app.session.state.getState().book.lookedAt;
    const revision = this.#app.session.state.getState().plan.revision;
    if (this.#numbers.has(numbersKey(planId, revision))) return;
    this.#counting.want({ revision: plans.revision, planId });
  }

  #counted(numbers: ReplayedNumbers): void {
    const plans = this.#plans.get(numbers.revision);
    const content = plans?.contents.find((one) => one.plan_id === numbers.plan_id);
    if (content) keep(this.#numbers, numbersKey(numbers.plan_id, content.revision), numbers);
    this.#publish();
    this.#count();
    this.#app.requestFrame();
  }
}

function keep<Key, Value>(kept: Map<Key, Value>, key: Key, value: Value): void {
  kept.set(key, value);
  const oldest = kept.keys().next();
  if (kept.size > MOST_KEPT && !oldest.done) kept.delete(oldest.value);
}
