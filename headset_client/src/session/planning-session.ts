// A planning session: the state, the two sockets, and the verbs a person has.
import { createStore, type StoreApi } from "zustand/vanilla";
import {
  type BodyState,
  type ClientMessage,
  type Device,
  FIRST_PLAN_ID,
  type Gathered,
  LEAST_ROLE,
  type MeasurementState,
  type PersonPose,
  type PinState,
  type PlanSource,
  type Plans,
  type PlansCompared,
  type PlanToCompare,
  type PointLps,
  type PoseState,
  type Presence,
  type ProposalConstraints,
  type Rejected,
  type ResectionState,
  type ServerMessage,
  type VoiceJoined,
  type VoiceSignalled,
} from "../protocol";
import { strings } from "../strings";
import { openAssetCache } from "./asset-cache";
import { AssetClient } from "./asset-client";
import { ChangeQueue } from "./change-queue";
import { ControlClient, type Introduction } from "./control-client";
import { otherHolder } from "./displayed-plan";
import { nameOfChange } from "./name-of-change";
import { type Past, withPast } from "./past-state";
import type { PlanOperation } from "./pending-operation";
import { contentOf } from "./plan-book";
import { PreviewPace } from "./preview-pace";
import { type MessageTag, mayRole, refusalWords } from "./roles";
import { INITIAL_SESSION, reduceSession, type SessionEvent, type SessionState } from "./session-state";

export type VoiceMessage = Extract<ClientMessage, { readonly type: `voice.${string}` }>;

interface OperationHead {
  readonly operation_id: string;
  readonly base_revision: number;
  readonly plan_id: string;
}

export class PlanningSession {
  readonly state: StoreApi<SessionState> = createStore(() => INITIAL_SESSION);
  readonly assets: AssetClient;
  readonly device: Device;
  readonly #control: ControlClient;
  readonly #pace: PreviewPace;
  /** Called with every answer to `compare`. */
  onCompared: (answer: PlansCompared) => void = () => undefined;
  readonly #changes: ChangeQueue;
  /** Changes that a connection was missing for and that are saved since. */
  #savedLate = 0;
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
    this.#changes = new ChangeQueue(introduction.caseId);
    for (const message of this.#changes.waiting) this.#dispatch({ kind: "operation", message });
    this.#control = new ControlClient(`${sockets}/ws/control`, introduction, {
      onMessage: (message) => this.#receive(message),
      onLost: (attempt, retryInMs) => {
        this.#changes.lost();
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
    else this.commit(held.resection);
  }

  /** Ends the drag and goes back to the committed resection. */
  cancel(): void {
    const { held } = this.state.getState();
    if (!held) return;
    this.#pace.stop();
    this.#letGo(held.resection.resection_id);
  }

  /** Creates or changes a resection in one step. */
  commit(resection: ResectionState): void {
    this.#operate({
      type: "resection.commit",
      ...this.#operation(),
      resection,
    });
  }

  remove(resectionId: string): void {
    this.#operate({
      type: "resection.remove",
      ...this.#operation(),
      resection_id: resectionId,
    });
  }

  /** A surface through a line drawn on the liver; the server makes it. */
  cutThroughLine(resectionId: string, points: readonly PointLps[]): void {
    this.#operate({
      type: "resection.through_line",
      ...this.#operation(),
      resection_id: resectionId,
      points_lps_mm: points,
    });
  }

  /** A wedge that keeps the margin from every voxel of the tumour. */
  cutAroundTumour(resectionId: string, tumour: string, marginMm: number, shape: "spheroid" | "cone"): void {
    this.#operate({
      type: "resection.around_tumour",
      ...this.#operation(),
      resection_id: resectionId,
      tumour,
      margin_mm: marginMm,
      shape,
    });
  }

  /** Everything in place of the plan, in one operation. */
  replacePlan(resections: readonly ResectionState[]): void {
    this.#operate({ type: "plan.replace", ...this.#operation(), resections });
  }

  /** Height and weight of the patient, or null to take them out. */
  setBody(body: BodyState | null): void {
    this.#operate({ type: "body.set", ...this.#operation(), body });
  }

  /** Adds a measurement or changes it; the server counts it. */
  setMeasurement(measurement: MeasurementState): void {
    this.#operate({ type: "measurement.set", ...this.#operation(), measurement });
  }

  removeMeasurement(measurementId: string): void {
    this.#operate({ type: "measurement.remove", ...this.#operation(), measurement_id: measurementId });
  }

  /** Puts a pin with a text, or changes it. */
  setPin(pin: PinState): void {
    this.#operate({ type: "pin.set", ...this.#operation(), pin });
  }

  removePin(pinId: string): void {
    this.#operate({ type: "pin.remove", ...this.#operation(), pin_id: pinId });
  }

  /** Takes back this person's own last change; the server refuses where it would undo somebody else's work. */
  undo(): void {
    this.#operate({ type: "edit.undo", ...this.#operation() });
  }

  redo(): void {
    this.#operate({ type: "edit.redo", ...this.#operation() });
  }

  askProposals(constraints: ProposalConstraints): void {
    if (this.#mayNot("proposals.ask")) return;
    const sent = this.#control.send({ type: "proposals.ask", request_id: newId("ask"), constraints });
    if (!sent) this.tell(strings.problem.offline, strings.problem.offlineCure);
  }

  cancelProposals(requestId: string): void {
    this.#control.send({ type: "proposals.cancel", request_id: requestId });
  }

  /** The proposal as a plan of its own, which this person looks at as soon as it is there. */
  takeProposal(proposalId: string): void {
    this.#operate({ type: "proposals.take", ...this.#newPlan(), proposal_id: proposalId });
  }

  /** A new plan, which this person looks at as soon as it is there. */
  createPlan(name: string, source: PlanSource): void {
    this.#operate({ type: "plan.create", ...this.#newPlan(), name, source });
  }

  renamePlan(planId: string, name: string): void {
    const { listed } = this.state.getState().book;
    this.#operate({ type: "plan.rename", ...this.#operation(planId), base_revision: listed, name });
  }

  removePlan(planId: string): void {
    this.#operate({ type: "plan.remove", ...this.#operation(planId) });
  }

  /** Keeps the plan as it is, with its numbers. */
  keepVersion(planId: string, name: string): void {
    this.#operate({ type: "plan.version", ...this.#operation(planId), name });
  }

  restoreVersion(planId: string, versionId: string): void {
    this.#operate({ type: "plan.restore", ...this.#operation(planId), version_id: versionId });
  }

  /** Proposes the plan, confirms it, or makes it a draft again. */
  sign(planId: string, deed: "propose" | "confirm" | "withdraw"): void {
    this.#operate({ type: `plan.${deed}`, ...this.#operation(planId) });
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

  #operation(planId = this.state.getState().book.lookedAt): OperationHead {
    const { book } = this.state.getState();
    return { operation_id: newId("op"), base_revision: contentOf(book, planId).revision, plan_id: planId };
  }

  #newPlan(): OperationHead {
    const planId = newId("plan");
    this.#wanted = planId;
    return { operation_id: newId("op"), base_revision: this.state.getState().book.listed, plan_id: planId };
  }

  #sayWhereILook(): void {
    const { lookedAt } = this.#live.book;
    if (this.#control.send({ type: "plan.look", plan_id: lookedAt })) this.#told = lookedAt;
  }

  /** Kept until it is answered: without a connection it is said after the next welcome. */
  #operate(message: PlanOperation): void {
    if (this.#mayNot(message.type)) return;
    const owedBefore = this.#changes.owed;
    this.#changes.add(message);
    this.#dispatch({ kind: "operation", message });
    if (this.state.getState().connection.kind === "online") this.#sayChanges();
    else this.#changes.lost();
    if (owedBefore === 0 && this.#changes.owed > 0) this.tell(strings.unsaved.kept, strings.unsaved.keptCure);
  }

  #sayChanges(): void {
    this.#changes.say((message) => this.#control.send(message));
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
    this.#dispatch({ kind: "server", message: message.type === "rejected" ? this.#rejected(message) : message });
    switch (message.type) {
      case "welcome":
        this.#told = FIRST_PLAN_ID;
        this.assets.open(message.asset_token);
        this.#sayChanges();
        break;
      case "committed":
        if (this.#changes.answered(message.operation_id)?.wasOwed) this.#savedLate += 1;
        this.#settle();
        break;
      case "rejected":
        this.#settle();
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

  /** The rejection as the person reads it: of a change made without a connection it says which one it was. */
  #rejected(message: Rejected): Rejected {
    const answered = message.operation_id === null ? null : this.#changes.answered(message.operation_id);
    if (!answered?.wasOwed) return message;
    const what = nameOfChange(answered.message, this.#live.plan.resections);
    return { ...message, message: strings.unsaved.rejected(what, message.message) };
  }

  /** Room for the next changes; once nothing is owed any more the person is told. */
  #settle(): void {
    this.#sayChanges();
    if (this.#changes.owed > 0 || this.#savedLate === 0) return;
    this.tell(strings.unsaved.saved(this.#savedLate), strings.unsaved.savedCure);
    this.#savedLate = 0;
  }

  #dispatch(event: SessionEvent): void {
    this.#live = reduceSession(this.#live, event);
    this.#publish();
  }

  #publish(): void {
    this.state.setState(this.#past ? withPast(this.#live, this.#past) : this.#live, true);
  }
}

/** An identifier that no other client makes; `crypto.randomUUID` needs a secure origin, this does not. */
export function newId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `${prefix}-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
