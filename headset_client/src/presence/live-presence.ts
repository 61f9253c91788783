// Everybody else in the scene, this person to everybody else, and the view of who presents.
import { Vector3 } from "three";
import type { PlanningApp } from "../planning-app";
import type { PersonPose, PersonState, Presence } from "../protocol";
import { gathered, standThere } from "./gathering";
import { OwnPresence } from "./own-presence";
import type { PersonView } from "./person-view";
import { PersonViews } from "./person-views";

/** Angular height of a name, radians; in a headset text is at least 1.5 degrees. */
const NAME = { desktop: 0.018, headset: 0.04 } as const;

export class LivePresence {
  readonly #app: PlanningApp;
  readonly #own: OwnPresence;
  readonly #views: PersonViews;
  readonly #stop: readonly (() => void)[];
  readonly #eye = new Vector3();
  #seen: Presence["people"] = [];
  #people: readonly PersonState[] = [];
  /** Somebody looks at what was: those who are here now are in the way. */
  #isAside = false;
  #others: readonly PersonView[] = [];

  constructor(app: PlanningApp) {
    this.#app = app;
    this.#views = new PersonViews(app.planning.patient);
    this.#own = new OwnPresence(app);
    app.session.onPresence = (message) => this.#take(message.people);
    app.session.onGathered = (message) => gathered(app, message);
    this.#stop = [
      app.onFrame(() => this.#drawn()),
      app.ui.subscribe((state, before) => {
        if (state.privateView !== before.privateView) this.#own.tell();
      }),
      app.session.state.subscribe(() => this.#attend()),
    ];
    this.#attend();
  }

  /** Who can be seen in the scene. */
  get shown(): readonly string[] {
    return this.#views.shown;
  }

  /** Where somebody is; undefined where they are not seen. */
  poseOf(clientId: string): PersonPose | undefined {
    return this.#seen.find(({ client_id }) => client_id === clientId)?.pose;
  }

  /** People of a recording are shown in place of those who are here, or no more; meanwhile one is seen nowhere. */
  stepAside(isAside: boolean): void {
    this.#isAside = isAside;
    this.#others = [];
    for (const view of this.#views.values()) if (isAside) view.show(null);
    this.#take(this.#seen);
    this.#own.hide(isAside);
  }

  /** For a picture without people; what is returned shows them again. */
  hide(): () => void {
    const groups = [...this.#views.values(), ...this.#others].map(({ group }) => group);
    const seen = groups.filter(({ visible }) => visible);
    for (const group of seen) group.visible = false;
    return () => {
      for (const group of seen) group.visible = true;
    };
  }

  /** Others to draw as people are drawn. */
  draw(others: readonly PersonView[]): void {
    this.#others = others;
  }

  dispose(): void {
    for (const stop of this.#stop) stop();
    this.#app.session.onPresence = () => undefined;
    this.#app.session.onGathered = () => undefined;
    this.#own.dispose();
    for (const view of this.#views.values()) view.dispose();
  }

  /** People came or went, or are called otherwise. */
  #attend(): void {
    const { people } = this.#app.session.state.getState();
    if (people === this.#people) return;
    if (people.some(({ client_id }) => !this.#people.some((one) => one.client_id === client_id))) this.#own.forget();
    this.#people = people;
    for (const [id, view] of this.#views) {
      if (people.some(({ client_id }) => client_id === id)) continue;
      view.dispose();
      this.#views.delete(id);
    }
    this.#take(this.#seen);
    this.#own.tell();
  }

  #take(seen: Presence["people"]): void {
    this.#seen = seen;
    if (this.#isAside) return;
    const me = this.#app.session.state.getState().me?.clientId;
    for (const person of this.#people) {
      if (person.client_id === me) continue;
      const pose = seen.find(({ client_id }) => client_id === person.client_id)?.pose ?? null;
      this.#views.show(person, pose);
    }
    this.#follow();
    this.#app.requestFrame();
  }

  #drawn(): void {
    const { viewport, planning, ui } = this.#app;
    if (!viewport) return;
    const { xr } = viewport.renderer;
    const eyes = xr.isPresenting ? xr.getCamera() : viewport.camera;
    this.#eye.setFromMatrixPosition(eyes.matrixWorld);
    const distance = this.#eye.distanceTo(planning.stage.position) / planning.stage.scale.x;
    const letter = distance * (ui.getState().xrMode === "desktop" ? NAME.desktop : NAME.headset);
    const eyeInPatient = planning.patient.worldToLocal(this.#eye);
    const speaking = this.#app.voice?.state.getState().speaking;
    let moves = false;
    for (const [id, view] of this.#views) {
      view.speaks = speaking?.has(id) ?? false;
      moves = view.update(letter, eyeInPatient) || moves;
    }
    for (const view of this.#others) moves = view.update(letter, eyeInPatient) || moves;
    if (moves) this.#app.requestFrame();
    this.#own.tell();
  }

  /** At a screen the view goes where the presenter looks; in a headset nobody's view is moved for them. */
  #follow(): void {
    const { ui, session } = this.#app;
    const { followsPresenter, xrMode } = ui.getState();
    if (!followsPresenter || xrMode !== "desktop") return;
    const me = session.state.getState().me?.clientId;
    const presenter = this.#people.find((person) => person.is_presenting && person.client_id !== me);
    const pose = this.#seen.find(({ client_id }) => client_id === presenter?.client_id)?.pose;
    if (!pose) return;
    standThere(this.#app, pose.head);
  }
}
