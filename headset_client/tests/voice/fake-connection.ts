// Two browsers without a network: enough of an RTCPeerConnection to see what is agreed upon, in which order.
type State = RTCPeerConnectionState;

export class FakeSender {
  track: MediaStreamTrack | null = null;

  async replaceTrack(track: MediaStreamTrack | null): Promise<void> {
    this.track = track;
  }
}

export class FakeConnection {
  static made = 0;
  readonly number = ++FakeConnection.made;
  readonly configuration: RTCConfiguration;
  readonly senders: FakeSender[] = [];
  readonly transceivers: { direction: string; sender: FakeSender }[] = [];
  readonly candidates: string[] = [];
  readonly did: string[] = [];
  signalingState: RTCSignalingState = "stable";
  connectionState: State = "new";
  localDescription: { type: "offer" | "answer"; sdp: string } | null = null;
  remoteDescription: { type: string; sdp: string } | null = null;
  onicecandidate: ((event: { candidate: unknown }) => void) | null = null;
  ontrack: ((event: unknown) => void) | null = null;
  onconnectionstatechange: (() => void) | null = null;
  closed = false;

  constructor(configuration: RTCConfiguration = {}) {
    this.configuration = configuration;
  }

  addTransceiver(_kind: string, { direction }: { direction: string }) {
    const transceiver = { direction, sender: new FakeSender() };
    this.transceivers.push(transceiver);
    return transceiver;
  }

  getTransceivers() {
    return this.transceivers;
  }

  async createOffer(options: RTCOfferOptions = {}) {
    return { type: "offer" as const, sdp: `offer of ${this.number}${options.iceRestart ? " again" : ""}` };
  }

  async createAnswer() {
    if (this.remoteDescription?.type !== "offer") throw new Error("nothing to answer");
    return { type: "answer" as const, sdp: `answer of ${this.number}` };
  }

  async setLocalDescription(description: { type: "offer" | "answer"; sdp: string }) {
    this.localDescription = description;
    this.signalingState = description.type === "offer" ? "have-local-offer" : "stable";
    this.did.push(`local ${description.type}`);
  }

  async setRemoteDescription(description: { type: string; sdp: string }) {
    if (description.sdp === "broken") throw new Error("no SDP");
    if (description.type === "offer" && this.transceivers.length === 0)
      this.transceivers.push({ direction: "recvonly", sender: new FakeSender() });
    this.remoteDescription = description;
    this.signalingState = description.type === "offer" ? "have-remote-offer" : "stable";
    this.did.push(`remote ${description.type}`);
  }

  async addIceCandidate({ candidate }: RTCIceCandidateInit) {
    if (!this.remoteDescription) throw new Error("too early");
    this.candidates.push(candidate ?? "");
  }

  find(candidate: string): void {
    this.onicecandidate?.({ candidate: { candidate, sdpMid: "0", sdpMLineIndex: 0 } });
  }

  become(state: State): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }

  close(): void {
    this.closed = true;
  }
}

export const asConnection = (fake: FakeConnection) => fake as unknown as RTCPeerConnection;
export const track = (id: string) => ({ id }) as unknown as MediaStreamTrack;
