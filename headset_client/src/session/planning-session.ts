// A planning session: the state, the two sockets, and the verbs a person has.
import { createStore, type StoreApi } from "zustand/vanilla";
import {
  type ClientMessage,
  type Device,
  FIRST_PLAN_ID,
  type Gathered,
  LEAST_ROLE,
  type PersonPose,
  type Plans,
  type PlansCompared,
  type PlanToCompare,
  type PoseState,
  type Presence,
  type ProposalConstraints,
  type ResectionState,
  type ServerMessage,
  type VoiceJoined,
  type VoiceSignalled,
} from "../protocol";
import { strings } from "../strings";
import { openAssetCache } from "./asset-cache";
import { AssetClient } from "./asset-client";
import { ControlClient, type Introduction } from "./control-client";
import { Delivery } from "./delivery";
import { otherHolder } from "./displayed-plan";
import { newId } from "./new-id";
import { type Past, withPast } from "./past-state";
import type { PlanOperation } from "./pending-operation";
import { PlanChanges } from "./plan-changes";
import { PreviewPace } from "./preview-pace";
import { reduceSession } from "./reduce-session";
import { type MessageTag, mayRole, refusalWords } from "./roles";
import { INITIAL_SESSION, type SessionEvent, type SessionState } from "./session-state";

export type VoiceMessage = Extract<ClientMessage, { readonly type: `voice.${string}` }>;

export class PlanningSession {
  readonly state: StoreApi<SessionState> = createStore(() => INITIAL_SESSION);
  readonly assets: AssetClient;
  readonly device: Device;
  /** What this person may change. */
  readonly changes = new PlanChanges({
    book: () => this.state.getState().book,
    operate: (message) => this.#operate(message),
    onNewPlan: (planId) => {
      this.#wanted = planId;
    },
  });
  readonly #control: ControlClient;
  readonly #pace: PreviewPace;
  /** Called with every answer to `compare`. */
  onCompared: (answer: PlansCompared) => void = () => undefined;
  readonly #delivery: Delivery;
  /** Called with every move of people. */
  onPresence: (message: Presence) => void = () => undefined;
  /** Called with what this person's own voice connections are told. */
  onVoice: (message: VoiceJoined | VoiceSignalled) => void = () => undefined;
  /** Called when somebody asks everybody to their view. */
  onGathered: (message: Gathered) => void = () => undefined;
  #sequence = 0;
  /** The plan that this person made and will look at. */
  #wanted: string | null = null;
  /** What the server believes that this person looks at. */
  #told = FIRST_PLAN_ID;
  #opened = false;
  /** What is true now, also while a replay is shown. */
  #live: SessionState = INITIAL_SESSION;
  /** What is shown in its place. */
  #past: Past | null = null;

  constructor(origin: string, introduction: Introduction) {
    this.device = introduction.device;
    const sockets = origin.replace(/^http/, "ws");
    this.assets = new AssetClient(`${sockets}/ws/assets`, openAssetCache());
    this.#pace = new PreviewPace((resection, sequence) => {
      const plan_id = this.state.getState().book.lookedAt;
      this.#control.send({ type: "resection.preview", sequence, resection, plan_id });
    });
    this.#delivery = new Delivery(introduction.caseId, {
      send: (message) => this.#control.send(message),
      tell: (message, cure) => this.tell(message, cure),
    });
    for (const message of this.#delivery.waiting) this.#dispatch({ kind: "operation", message });
    this.#control = new ControlClient(`${sockets}/ws/control`, introduction, {
      onMessage: (message) => this.#receive(message),
      onLost: (attempt, retryInMs) => {
        this.#delivery.lost();
        this.#dispatch({ kind: "lost", attempt, retryInMs });
      },
      onRetry: () => this.#dispatch({ kind: "retrying" }),
      onRoundTrip: (milliseconds) => this.#dispatch({ kind: "round-trip", milliseconds }),
      onUnreadable: (reason) => {
        console.error(`unreadable message: ${reason}`);
        this.tell(strings.problem.unreadable, strings.problem.reload);
      },
    });
  }

  /** Connects; once is enough. */
  open(): void {
    if (this.#opened) return;
    this.#opened = true;
    this.#control.open();
  }

  /** What the socket is about to say, known before it says it. Nothing where it said more already. */
  foresee(messages: readonly ServerMessage[]): void {
    if (this.state.getState().scene) return;
    for (const message of messages) this.#dispatch({ kind: "server", message });
  }

  close(): void {
    this.#pace.stop();
    this.#control.close();
    this.assets.close();
  }

  /** Shows the session as it was in place of what it is; null: live again. Nobody else sees it, nothing is changed. */
  showPast(past: Omit<Past, "lookedAt"> | null): void {
    if (past && !this.#past) this.cancel();
    const lookedAt = this.#past?.lookedAt ?? this.#live.book.lookedAt;
    this.#past = past && { ...past, lookedAt };
    this.#publish();
  }

  /** Whether this person's role lets them send such a message; in a replay there is nothing to change. */
  may(tag: MessageTag): boolean {
    return mayRole(this.#live.me?.role, tag) && (this.#past === null || LEAST_ROLE[tag] === "viewer");
  }

  /** Why this person cannot send such a message now; undefined where they can. */
  refusal(tag: MessageTag): string | undefined {
    if (this.may(tag)) return undefined;
    if (this.#past) return `${strings.replay.notLive} ${strings.replay.notLiveCure}`;
    return refusalWords(this.#live.me?.role);
  }

  /** True where the role does not let them; then they are told why. */
  refuses(tag: MessageTag): boolean {
    return this.#mayNot(tag);
  }

  /** Says why not, where the role does not let them. */
  #mayNot(tag: MessageTag): boolean {
    if (this.may(tag)) return false;
    if (this.#past) {
      this.tell(strings.replay.notLive, strings.replay.notLiveCure);
      return true;
    }
    const viewer = this.state.getState().me?.role === "viewer";
    this.tell(viewer ? strings.roles.viewerMayNot : strings.roles.ownersOnly, strings.roles.cure);
    return true;
  }

  /** Starts a drag; false where somebody else holds the resection, or the role does not let them. */
  hold(resection: ResectionState): boolean {
    const state = this.state.getState();
    if (state.held !== null || this.#mayNot("resection.preview")) return false;
    const holder = otherHolder(state, resection.resection_id);
    if (holder !== null) {
      const name = state.people.find((person) => person.client_id === holder)?.display_name;
      this.tell(strings.problem.held(name || strings.people.someone), strings.problem.heldCure);
      return false;
    }
    this.#dispatch({ kind: "hold", resection, sequence: this.#sequence });
    return true;
  }

  /** The hand moved. Ignored unless a drag is under way. */
  move(resection: ResectionState): void {
    const { held } = this.state.getState();
    if (!held || held.resection.resection_id !== resection.resection_id) return;
    const sequence = ++this.#sequence;
    this.#dispatch({ kind: "move", resection, sequence });
    this.#pace.offer(resection, sequence);
  }

  /** Ends the drag and commits what it came to. */
  release(): void {
    const { held } = this.state.getState();
    if (!held) return;
    this.#pace.stop();
    if (held.sequence < held.firstSequence) this.#letGo(held.resection.resection_id);
    else this.changes.commit(held.resection);
  }

  /** Ends the drag and goes back to the committed resection. */
  cancel(): void {
    const { held } = this.state.getState();
    if (!held) return;
    this.#pace.stop();
    this.#letGo(held.resection.resection_id);
  }

  askProposals(constraints: ProposalConstraints): void {
    if (this.#mayNot("proposals.ask")) return;
    const sent = this.#control.send({ type: "proposals.ask", request_id: newId("ask"), constraints });
    if (!sent) this.tell(strings.problem.offline, strings.problem.offlineCure);
  }

  cancelProposals(requestId: string): void {
    this.#control.send({ type: "proposals.cancel", request_id: requestId });
  }

  /** Looks at another plan; not while a cut is in the hand. */
  lookAt(planId: string): void {
    const { held, book } = this.state.getState();
    if (held || planId === book.lookedAt || !book.entries.some((entry) => entry.plan_id === planId)) return;
    if (this.#past) {
      this.#past = { ...this.#past, lookedAt: planId };
      this.#publish();
      return;
    }
    this.#dispatch({ kind: "look", planId });
    this.#sayWhereILook();
  }

  /** Asks for the numbers of plans and versions side by side; the answer comes to `onCompared`. */
  compare(requestId: string, plans: readonly PlanToCompare[]): boolean {
    return this.#control.send({ type: "plans.compare", request_id: requestId, plans });
  }

  /** Wants a resection of the plan laid flat; the request's id, or null while there is no connection. */
  askResectogram(resectionId: string): string | null {
    if (this.#past) return null;
    const request_id = newId("flat");
    return this.#control.send({ type: "resectogram.ask", request_id, resection_id: resectionId }) ? request_id : null;
  }

  /** Wants the liver in two parts; the request's id, or null while there is no connection. */
  askParts(): string | null {
    if (this.#past) {
      this.tell(strings.replay.notLive, strings.replay.notLiveCure);
      return null;
    }
    const request_id = newId("parts");
    if (this.#control.send({ type: "parts.ask", request_id })) return request_id;
    this.tell(strings.problem.offline, strings.problem.offlineCure);
    return null;
  }

  cancelParts(requestId: string): void {
    this.#control.send({ type: "parts.cancel", request_id: requestId });
  }

  tell(message: string, cure: string): void {
    this.#dispatch({ kind: "tell", message, cure });
  }

  dismiss(toast: number): void {
    this.#dispatch({ kind: "dismiss", toast });
  }

  /** Where this person is, for others to see; false while there is no connection. */
  movePresence(pose: PersonPose | null): boolean {
    return this.#control.send({ type: "presence.move", pose });
  }

  raiseHand(isRaised: boolean): void {
    this.#control.send({ type: "presence.raise", is_raised: isRaised });
  }

  present(isPresenting: boolean): void {
    this.#control.send({ type: "presence.present", is_presenting: isPresenting });
  }

  /** About this person's voice; false while there is no connection. */
  sayOfVoice(message: VoiceMessage): boolean {
    return this.#control.send(message);
  }

  /** Asks everybody to where this person looks, once. */
  gather(head: PoseState): void {
    const plan_id = this.#live.book.lookedAt;
    if (this.#mayNot("presence.gather")) return;
    this.#control.send({ type: "presence.gather", plan_id, head });
  }

  /** Starts or ends recording where people are. */
  record(isRecording: boolean): void {
    if (this.#mayNot("presence.record")) return;
    this.#control.send({ type: "presence.record", is_recording: isRecording });
  }

  #letGo(resectionId: string): void {
    this.#dispatch({ kind: "let-go" });
    this.#control.send({ type: "resection.cancel", resection_id: resectionId });
  }

  #sayWhereILook(): void {
    const { lookedAt } = this.#live.book;
    if (this.#control.send({ type: "plan.look", plan_id: lookedAt })) this.#told = lookedAt;
  }

  #operate(message: PlanOperation): void {
    if (this.#mayNot(message.type)) return;
    this.#dispatch({ kind: "operation", message });
    this.#delivery.add(message, this.state.getState().connection.kind === "online");
  }

  #receive(message: ServerMessage): void {
    // Thirty times a second: what follows it does so without the state of the page.
    if (message.type === "presence") {
      this.onPresence(message);
      return;
    }
    if (message.type === "presence.gathered") {
      this.onGathered(message);
      return;
    }
    const { resections } = this.#live.plan;
    const said = message.type === "rejected" ? this.#delivery.rejected(message, resections) : message;
    this.#dispatch({ kind: "server", message: said, ofLate: said !== message });
    switch (message.type) {
      case "welcome":
        this.#told = FIRST_PLAN_ID;
        this.assets.open(message.asset_token);
        this.#delivery.say();
        break;
      case "committed":
        this.#delivery.committed(message.operation_id);
        break;
      case "rejected":
        this.#delivery.settle();
        break;
      case "plans.compared":
        this.onCompared(message);
        break;
      case "plans":
        this.#followPlans(message);
        break;
      case "voice.joined":
      case "voice.signalled":
        this.onVoice(message);
        break;
      case "fault":
        // Who was sent away gets no more assets either: asking again would only fail.
        if (message.fatal) this.assets.close();
    }
  }

  /** A plan that this person made is looked at; one that went away no more. */
  #followPlans(message: Plans): void {
    const wanted = this.#wanted;
    if (wanted !== null && message.plans.some((entry) => entry.plan_id === wanted)) {
      this.#wanted = null;
      if (!this.#past) this.lookAt(wanted);
    }
    if (this.#live.book.lookedAt !== this.#told) this.#sayWhereILook();
  }

  #dispatch(event: SessionEvent): void {
    this.#live = reduceSession(this.#live, event);
    this.#publish();
  }

  #publish(): void {
    this.state.setState(this.#past ? withPast(this.#live, this.#past) : this.#live, true);
  }
}
