// The connections of one person to everybody else who talks, by their seats.
import { type IceServerState, VOICE_PLACES, type VoicePerson, type VoiceSignal } from "../protocol";
import { type LinkState, VoiceLink } from "./voice-link";

export interface MeshHooks {
  connect(configuration: RTCConfiguration): RTCPeerConnection;
  say(to: number, signal: VoiceSignal): void;
  onVoice(seat: number, stream: MediaStream): void;
  onState(seat: number, state: LinkState): void;
  /** Nothing comes from there any more. */
  onGone(seat: number): void;
}

export class VoiceMesh {
  readonly #hooks: MeshHooks;
  readonly #links = new Map<number, VoiceLink>();
  #configuration: RTCConfiguration = {};
  #mine: number | null = null;
  #track: MediaStreamTrack | null = null;

  constructor(hooks: MeshHooks) {
    this.#hooks = hooks;
  }

  get seats(): readonly number[] {
    return [...this.#links.keys()];
  }

  /** A place in the room; with a new one all begins anew. */
  sit(seat: number, servers: readonly IceServerState[]): void {
    this.close();
    this.#mine = seat;
    this.#configuration = {
      iceServers: servers.map(({ urls, username, credential }) =>
        username ? { urls, username, credential } : { urls },
      ),
    };
  }

  /** Who is in the room now. Of two people the one who came first makes the offer. */
  attend(people: readonly VoicePerson[]): void {
    const mine = this.#mine;
    if (mine === null || !people.some(({ seat }) => seat === mine)) return; // older than one's own place
    for (const seat of this.seats) if (!people.some((person) => person.seat === seat)) this.#end(seat);
    for (const { seat } of people) if (seat > mine && !this.#links.has(seat)) this.#link(seat, true);
  }

  /** An offer may come before the news of who makes it. */
  take(seat: number, signal: VoiceSignal): void {
    const mine = this.#mine;
    if (mine === null || seat === mine) return;
    const isNew = seat < mine && signal.kind === "offer" && this.#links.size < VOICE_PLACES;
    const link = this.#links.get(seat) ?? (isNew ? this.#link(seat, false) : undefined);
    link?.take(signal);
  }

  setTrack(track: MediaStreamTrack | null): void {
    this.#track = track;
    for (const link of this.#links.values()) link.setTrack(track);
  }

  close(): void {
    this.#mine = null;
    for (const seat of this.seats) this.#end(seat);
  }

  #link(seat: number, offers: boolean): VoiceLink {
    const hooks = this.#hooks;
    const link = new VoiceLink(hooks.connect(this.#configuration), offers, this.#track, {
      say: (signal) => hooks.say(seat, signal),
      onVoice: (stream) => hooks.onVoice(seat, stream),
      onState: (state) => hooks.onState(seat, state),
    });
    this.#links.set(seat, link);
    return link;
  }

  #end(seat: number): void {
    this.#links.get(seat)?.close();
    this.#links.delete(seat);
    this.#hooks.onGone(seat);
  }
}
