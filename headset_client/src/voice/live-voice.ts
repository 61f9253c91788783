// Talking with the others of a session: comes in, goes out, comes back after a drop or a reload, and mutes.
import { createStore, type StoreApi } from "zustand/vanilla";
import type { PlanningApp } from "../planning-app";
import type { VoiceJoined, VoicePerson, VoiceSignalled } from "../protocol";
import { strings } from "../strings";
import { Hearing } from "./hearing";
import { MicrophoneError, type MicrophoneProblem, openMicrophone, wouldAsk } from "./microphone";
import { keepTalking, keptTalking } from "./rejoining";
import { rememberChoices, rememberedChoices, type VoiceChoices } from "./voice-choices";
import { VoiceMesh } from "./voice-mesh";
import { placeVoices } from "./voice-places";

export type VoicePhase = "off" | "joining" | "waiting" | "in";

export interface VoiceState {
  readonly phase: VoicePhase;
  /** Why this person is not heard; the others they hear all the same. */
  readonly problem: MicrophoneProblem | "unsupported" | null;
  /** Speaks for as long as a key or a button is held. */
  readonly isHeld: boolean;
  /** By client id. */
  readonly speaking: ReadonlySet<string>;
  /** With whom there is no connection. */
  readonly unreached: ReadonlySet<string>;
  /** The browser is silent until the person presses something. */
  readonly isSilenced: boolean;
  readonly choices: VoiceChoices;
}

const LISTEN_EVERY_MS = 100;
const NOBODY: ReadonlySet<string> = new Set();

export class LiveVoice {
  readonly state: StoreApi<VoiceState> = createStore<VoiceState>(() => ({
    phase: "off",
    problem: null,
    isHeld: false,
    speaking: NOBODY,
    unreached: NOBODY,
    isSilenced: false,
    choices: rememberedChoices(),
  }));
  readonly #app: PlanningApp;
  readonly #mesh: VoiceMesh;
  readonly #abort = new AbortController();
  readonly #stop: readonly (() => void)[];
  #hearing: Hearing | null = null;
  #track: MediaStreamTrack | null = null;
  #wantsMuted = false;
  #wasOnline: boolean;
  /** The person was asked for the microphone: what they answered is known. */
  #isReady = false;
  #room;
  #listening: ReturnType<typeof setInterval> | undefined;

  constructor(app: PlanningApp) {
    this.#app = app;
    const { session } = app;
    this.#mesh = new VoiceMesh({
      connect: (configuration) => new RTCPeerConnection(configuration),
      say: (to, signal) => session.sayOfVoice({ type: "voice.signal", to, signal }),
      onVoice: (seat, stream) => this.#hearing?.add(seat, stream),
      onState: (seat, state) => this.#reached(seat, state !== "failed"),
      onGone: (seat) => this.#hearing?.remove(seat),
    });
    session.onVoice = (message) => this.#told(message);
    const now = session.state.getState();
    this.#wasOnline = now.connection.kind === "online";
    this.#room = now.voice;
    this.#stop = [session.state.subscribe(() => this.#follow()), app.onFrame(() => this.#place())];
    for (const event of ["pointerdown", "keydown"] as const) {
      // First of all: over the model a press goes no further than the tool that takes it.
      window.addEventListener(event, () => this.wake(), { capture: true, signal: this.#abort.signal });
    }
    const talked = keptTalking(app.caseId);
    if (talked) void this.join(talked.isMuted);
  }

  /** This person as the others know them. */
  get self(): VoicePerson | undefined {
    return this.#personOf(this.#app.session.state.getState().me?.clientId);
  }

  /** Without a microphone one listens. */
  async join(isMuted = false): Promise<void> {
    if (this.state.getState().phase !== "off") return;
    if (typeof RTCPeerConnection === "undefined") {
      this.state.setState({ problem: "unsupported" });
      return;
    }
    this.#hearing = new Hearing();
    void this.#hearing.wake();
    this.state.setState({ phase: "joining", problem: null });
    this.#wantsMuted = isMuted;
    await this.#openMicrophone();
    if (this.state.getState().phase === "off") return;
    this.#isReady = true;
    this.#listening = setInterval(() => this.#listen(), LISTEN_EVERY_MS);
    this.#keep(isMuted);
    this.#ask();
  }

  leave(): void {
    this.#app.session.sayOfVoice({ type: "voice.leave" });
    keepTalking(this.#app.caseId, null);
    this.#end();
  }

  /** Opens or closes one's own microphone. */
  mute(isMuted: boolean): void {
    const { me } = this.#app.session.state.getState();
    if (!me) return;
    if (!isMuted && !this.#track) void this.#openMicrophone();
    this.#wantsMuted = isMuted;
    this.#gate(); // at once, whatever the line does
    this.#keep(isMuted);
    this.#app.session.sayOfVoice({ type: "voice.mute", client_id: me.clientId, is_muted: isMuted });
  }

  /** Opens or closes it by what this person last wanted: what the server says of it may still be on its way. */
  toggle(): void {
    this.mute(!this.#wantsMuted && this.#track !== null);
  }

  /** Speaks while it is held; who was muted by another asks for it in so many words. */
  hold(on: boolean): void {
    const { phase, isHeld } = this.state.getState();
    if (on === isHeld || (on && (phase !== "in" || (this.self?.muted_by ?? null) !== null))) return;
    this.state.setState({ isHeld: on });
    const { me } = this.#app.session.state.getState();
    if (me && this.#wantsMuted) {
      this.#app.session.sayOfVoice({ type: "voice.mute", client_id: me.clientId, is_muted: !on });
    }
    this.#gate();
  }

  muteOther(clientId: string): void {
    this.#app.session.sayOfVoice({ type: "voice.mute", client_id: clientId, is_muted: true });
  }

  choose(change: Partial<VoiceChoices>): void {
    const choices = { ...this.state.getState().choices, ...change };
    this.state.setState({ choices });
    rememberChoices(choices);
    this.#gate();
    this.#app.requestFrame();
    const isOther = change.microphone !== undefined || change.cancelsEcho !== undefined;
    if (isOther && this.state.getState().phase !== "off") void this.#openMicrophone();
  }

  /** How many voices arrive, and how many of them from a place in the room. */
  get heard(): { readonly voices: number; readonly placed: number } {
    const voices = this.#mesh.seats.flatMap((seat) => this.#hearing?.of(seat) ?? []);
    return { voices: voices.length, placed: voices.filter(({ isPlaced }) => isPlaced).length };
  }

  dispose(): void {
    this.#end();
    this.#abort.abort();
    for (const stop of this.#stop) stop();
    this.#app.session.onVoice = () => undefined;
  }

  #ask(): void {
    const hasNoVoice = this.#track === null;
    this.#app.session.sayOfVoice({ type: "voice.join", is_muted: this.#wantsMuted || hasNoVoice });
  }

  #keep(isMuted: boolean): void {
    if (this.state.getState().phase !== "off") keepTalking(this.#app.caseId, { isMuted });
  }

  #end(): void {
    this.#isReady = false;
    clearInterval(this.#listening);
    this.#mesh.close();
    this.#track?.stop();
    this.#track = null;
    this.#hearing?.close();
    this.#hearing = null;
    const nothing = { phase: "off", problem: null, isHeld: false, speaking: NOBODY, unreached: NOBODY } as const;
    this.state.setState({ ...nothing, isSilenced: false });
  }

  async #openMicrophone(): Promise<void> {
    try {
      const isWorn = this.#app.ui.getState().xrMode !== "desktop";
      if (isWorn && (await wouldAsk())) throw new MicrophoneError("unasked");
      const track = await openMicrophone(this.state.getState().choices);
      if (this.state.getState().phase === "off") {
        track.stop(); // left while the browser asked
        return;
      }
      this.#use(track);
    } catch (error) {
      this.#use(null);
      this.state.setState({ problem: error instanceof MicrophoneError ? error.problem : "denied" });
    }
  }

  #use(track: MediaStreamTrack | null): void {
    this.#track?.stop();
    this.#track = track;
    this.#mesh.setTrack(track);
    this.#hearing?.listenToOwn(track);
    this.#gate();
    if (!track) return;
    this.state.setState({ problem: null });
    track.onended = () => {
      if (this.#track !== track) return;
      this.#use(null);
      this.state.setState({ problem: "lost" });
    };
  }

  /** Lets one's own voice out, or not. */
  #gate(): void {
    const { isHeld, choices } = this.state.getState();
    const isOpen = !choices.pushToTalk && !this.#wantsMuted && this.self?.is_muted === false;
    if (this.#track) this.#track.enabled = isHeld || isOpen;
  }

  #told(message: VoiceJoined | VoiceSignalled): void {
    if (this.state.getState().phase === "off") return;
    if (message.type === "voice.signalled") {
      this.#mesh.take(message.seat, message.signal);
      return;
    }
    if (this.state.getState().phase === "waiting")
      this.#app.session.tell(strings.voice.cameIn, strings.voice.cameInCure);
    this.#mesh.sit(message.seat, message.ice_servers);
    this.#mesh.setTrack(this.#track);
    this.state.setState({ phase: "in", unreached: NOBODY });
  }

  /** What the session says of the room, of people, and of the line. */
  #follow(): void {
    const { connection, voice } = this.#app.session.state.getState();
    const online = connection.kind === "online";
    if (connection.kind === "refused" && this.state.getState().phase !== "off") this.#end();
    if (online !== this.#wasOnline) this.#line(online);
    this.#wasOnline = online;
    if (voice === this.#room) return;
    const before = this.#room.people.find(({ client_id }) => client_id === this.self?.client_id);
    this.#room = voice;
    if (this.state.getState().phase !== "off") this.#attend(before);
  }

  #attend(before: VoicePerson | undefined): void {
    const { people, waiting } = this.#room;
    const { me } = this.#app.session.state.getState();
    this.#mesh.attend(people);
    for (const { seat, is_muted } of people) this.#hearing?.of(seat)?.mute(is_muted);
    if (me && waiting.includes(me.clientId) && this.state.getState().phase !== "waiting") {
      this.state.setState({ phase: "waiting" });
      this.#app.session.tell(strings.voice.full, strings.voice.fullCure);
    }
    const { self } = this;
    if (self?.muted_by && !before?.muted_by) {
      this.#wantsMuted = true;
      this.#keep(true);
      this.state.setState({ isHeld: false });
      this.#app.session.tell(strings.voice.mutedBy(self.muted_by), strings.voice.mutedByCure);
    }
    this.#gate();
  }

  /** Without the session nobody knows who may hear whom: all begins anew with it. */
  #line(online: boolean): void {
    if (this.state.getState().phase === "off") return;
    this.#mesh.close();
    this.state.setState({ phase: "joining", isHeld: false, speaking: NOBODY, unreached: NOBODY });
    if (online && this.#isReady) this.#ask();
  }

  #reached(seat: number, isReached: boolean): void {
    const person = this.#app.session.state.getState().voice.people.find((one) => one.seat === seat);
    if (!person) return;
    const unreached = new Set(this.state.getState().unreached);
    const knew = unreached.has(person.client_id);
    if (isReached) unreached.delete(person.client_id);
    else unreached.add(person.client_id);
    if (knew === !isReached) return;
    this.state.setState({ unreached });
    if (!isReached) this.#app.session.tell(strings.voice.unreached(this.#nameOf(person)), strings.voice.unreachedCure);
  }

  /** Ten times a second: who speaks. */
  #listen(): void {
    const hearing = this.#hearing;
    if (!hearing) return;
    const { me, voice } = this.#app.session.state.getState();
    const speaking = hearing.speakers(voice.people, me?.clientId);
    const known = this.state.getState();
    if (hearing.isSilenced !== known.isSilenced) this.state.setState({ isSilenced: hearing.isSilenced });
    if (speaking.size === known.speaking.size && [...speaking].every((one) => known.speaking.has(one))) return;
    this.state.setState({ speaking });
    this.#app.requestFrame();
  }

  #place(): void {
    if (this.#hearing) placeVoices(this.#app, this.#hearing, this.state.getState().choices.isSpatial);
  }

  /** Browsers keep a page that was only reloaded silent until somebody presses something. */
  wake(): void {
    if (this.#hearing?.isSilenced) void this.#hearing.wake();
  }

  #personOf(clientId: string | undefined): VoicePerson | undefined {
    return this.#app.session.state.getState().voice.people.find(({ client_id }) => client_id === clientId);
  }

  #nameOf({ client_id }: VoicePerson): string {
    const { people } = this.#app.session.state.getState();
    return people.find((one) => one.client_id === client_id)?.display_name || strings.people.someone;
  }
}
