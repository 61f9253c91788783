// One connection between two browsers. Of the two, the one that came first makes all offers, so that none cross.
import type { VoiceCandidate, VoiceDescription, VoiceSignal } from "../protocol";

export type LinkState = "connecting" | "connected" | "failed";

export interface LinkHooks {
  say(signal: VoiceSignal): void;
  onVoice(stream: MediaStream): void;
  onState(state: LinkState): void;
}

/** After which a person is told that the two do not reach one another. */
const PATIENCE_MS = 20_000;
const MOST_RESTARTS = 3;
/** A browser has about ten addresses; more that come before the description are not worth keeping. */
const MOST_EARLY = 64;

export class VoiceLink {
  readonly #connection: RTCPeerConnection;
  readonly #offers: boolean;
  readonly #hooks: LinkHooks;
  readonly #early: RTCIceCandidateInit[] = [];
  #track: MediaStreamTrack | null;
  #sender: RTCRtpSender | null = null;
  #taking: Promise<void> = Promise.resolve();
  #patience: ReturnType<typeof setTimeout> | undefined;
  #restarts = 0;
  #closed = false;

  constructor(connection: RTCPeerConnection, offers: boolean, track: MediaStreamTrack | null, hooks: LinkHooks) {
    this.#connection = connection;
    this.#offers = offers;
    this.#track = track;
    this.#hooks = hooks;
    connection.onicecandidate = ({ candidate }) => this.#found(candidate);
    connection.ontrack = ({ streams, track: heard }) => hooks.onVoice(streams[0] ?? new MediaStream([heard]));
    connection.onconnectionstatechange = () => this.#changed();
    this.#wait();
    if (!offers) return;
    const transceiver = connection.addTransceiver("audio", { direction: "sendrecv" });
    this.#sendFrom(transceiver.sender);
    this.#inTurn(() => this.#offer());
  }

  /** What the other browser says, one after the other. */
  take(signal: VoiceSignal): void {
    this.#inTurn(() => (signal.kind === "candidate" ? this.#candidate(signal) : this.#description(signal)));
  }

  /** Another microphone, or none; nothing has to be agreed upon anew. */
  setTrack(track: MediaStreamTrack | null): void {
    this.#track = track;
    void this.#sender?.replaceTrack(track).catch(() => undefined);
  }

  /** Ends when everything taken so far is done with. */
  get settled(): Promise<void> {
    return this.#taking;
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#patience);
    this.#connection.onicecandidate = null;
    this.#connection.ontrack = null;
    this.#connection.onconnectionstatechange = null;
    this.#connection.close();
  }

  #inTurn(run: () => Promise<void>): void {
    this.#taking = this.#taking
      .then(() => (this.#closed ? undefined : run()))
      .catch(() => {
        if (!this.#closed) this.#hooks.onState("failed");
      });
  }

  async #offer(options: RTCOfferOptions = {}): Promise<void> {
    const offer = await this.#connection.createOffer(options);
    await this.#connection.setLocalDescription(offer);
    this.#sayDescription();
  }

  async #description({ kind, sdp }: VoiceDescription): Promise<void> {
    const connection = this.#connection;
    if (this.#offers) {
      // An offer would cross one's own, and an answer to nothing is none.
      if (kind !== "answer" || connection.signalingState !== "have-local-offer") return;
      await connection.setRemoteDescription({ type: "answer", sdp });
    } else {
      if (kind !== "offer") return;
      await connection.setRemoteDescription({ type: "offer", sdp });
      await this.#answer();
    }
    for (const candidate of this.#early.splice(0)) await connection.addIceCandidate(candidate).catch(() => undefined);
  }

  async #answer(): Promise<void> {
    const connection = this.#connection;
    const [transceiver] = connection.getTransceivers();
    if (transceiver) {
      transceiver.direction = "sendrecv";
      this.#sendFrom(transceiver.sender);
    }
    await connection.setLocalDescription(await connection.createAnswer());
    this.#sayDescription();
  }

  async #candidate({ candidate, sdp_mid, sdp_m_line_index }: VoiceCandidate): Promise<void> {
    const init: RTCIceCandidateInit = { candidate, sdpMid: sdp_mid, sdpMLineIndex: sdp_m_line_index };
    if (this.#connection.remoteDescription) await this.#connection.addIceCandidate(init).catch(() => undefined);
    else if (this.#early.length < MOST_EARLY) this.#early.push(init);
  }

  #sendFrom(sender: RTCRtpSender): void {
    this.#sender = sender;
    this.setTrack(this.#track);
  }

  #sayDescription(): void {
    const { localDescription } = this.#connection;
    const type = localDescription?.type;
    if (this.#closed || !localDescription || (type !== "offer" && type !== "answer")) return;
    this.#hooks.say({ kind: type, sdp: localDescription.sdp });
  }

  #found(found: RTCIceCandidate | null): void {
    if (!found) return;
    const { candidate, sdpMid, sdpMLineIndex } = found;
    this.#hooks.say({ kind: "candidate", candidate, sdp_mid: sdpMid, sdp_m_line_index: sdpMLineIndex });
  }

  #changed(): void {
    switch (this.#connection.connectionState) {
      case "connected":
        clearTimeout(this.#patience);
        this.#restarts = 0;
        this.#hooks.onState("connected");
        break;
      case "disconnected":
        this.#hooks.onState("connecting"); // it may come back by itself
        this.#wait();
        break;
      case "failed":
        this.#failed();
        break;
    }
  }

  /** Who makes the offers tries new ways a few times. */
  #failed(): void {
    this.#hooks.onState("failed");
    if (!this.#offers || this.#restarts >= MOST_RESTARTS) return;
    this.#restarts += 1;
    this.#inTurn(() => this.#offer({ iceRestart: true }));
  }

  #wait(): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#hooks.onState("failed"), PATIENCE_MS);
  }
}
