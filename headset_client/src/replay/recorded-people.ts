// The people of a recording in the scene, in place of those who are here now.
import type { PlanningApp } from "../planning-app";
import { PersonViews } from "../presence/person-views";
import type { RecordedPresence } from "../protocol";
import { poseAt } from "./recorded-pose";
import type { ReplayClient } from "./replay-client";
import type { Timeline } from "./timeline";

const MOST_KEPT = 40;

export class RecordedPeople {
  readonly #app: PlanningApp;
  readonly #client: ReplayClient;
  readonly #timeline: Timeline;
  readonly #lost: () => void;
  readonly #views: PersonViews;
  /** By the number of the stretch; null while it is on its way, or cannot be read. */
  readonly #stretches = new Map<number, RecordedPresence | null>();
  #atMs = 0;

  constructor(app: PlanningApp, client: ReplayClient, timeline: Timeline, lost: () => void) {
    this.#app = app;
    this.#views = new PersonViews(app.planning.patient);
    this.#client = client;
    this.#timeline = timeline;
    this.#lost = lost;
    app.presence?.stepAside(true);
  }

  get shown(): readonly string[] {
    return this.#views.shown;
  }

  dispose(): void {
    for (const view of this.#views.values()) view.dispose();
    this.#views.clear();
    this.#app.presence?.stepAside(false);
  }

  /** Everybody where they were; what is not known yet is shown once it came. */
  show(placeMs: number): void {
    this.#atMs = placeMs;
    const realMs = this.#timeline.realAt(placeMs);
    const stretch = this.#timeline.stretchAt(realMs);
    const told = stretch ? this.#stretch(stretch.number) : null;
    if (stretch) this.#stretch(stretch.number + 1);
    const sinceMs = told ? realMs - Date.parse(told.started_at) : 0;
    const here = new Map((told?.people ?? []).map((person) => [person.client_id, person] as const));
    for (const [id, view] of this.#views) if (!here.has(id)) view.show(null);
    for (const person of here.values()) this.#views.show(person, poseAt(person.samples, sinceMs));
    this.#app.presence?.draw([...this.#views.values()]);
  }

  #stretch(number: number): RecordedPresence | null {
    const known = this.#stretches.get(number);
    if (known !== undefined || !this.#timeline.has(number)) return known ?? null;
    this.#stretches.set(number, null);
    const oldest = this.#stretches.keys().next();
    if (this.#stretches.size > MOST_KEPT && !oldest.done) this.#stretches.delete(oldest.value);
    this.#client.people(number).then(
      (told) => {
        this.#stretches.set(number, told);
        this.show(this.#atMs);
        this.#app.requestFrame();
      },
      () => this.#lost(),
    );
    return null;
  }
}
