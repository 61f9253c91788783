// One voice on its way to the ears: how loud it is, whether it may be heard, and where it comes from.
import { levelOf, SpeakingMeter } from "./speaking";

const SAMPLES = 1024;
/** Voices stay clear across a room: at 10 m about a third of what they are nearby. */
const NEAR_M = 1.5;
const FALLS_BY = 0.3;

export interface Place {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

export class HeardVoice {
  readonly #source: MediaStreamAudioSourceNode;
  readonly #analyser: AnalyserNode;
  readonly #volume: GainNode;
  readonly #panner: PannerNode;
  readonly #output: AudioNode;
  readonly #element = new Audio();
  readonly #samples = new Float32Array(SAMPLES);
  readonly #meter = new SpeakingMeter();
  #isPlaced = false;
  #isMuted = true;

  constructor(context: AudioContext, stream: MediaStream) {
    this.#source = context.createMediaStreamSource(stream);
    this.#analyser = new AnalyserNode(context, { fftSize: SAMPLES });
    this.#volume = new GainNode(context, { gain: 0 });
    this.#panner = new PannerNode(context, {
      panningModel: "HRTF",
      distanceModel: "inverse",
      refDistance: NEAR_M,
      rolloffFactor: FALLS_BY,
    });
    this.#output = context.destination;
    this.#source.connect(this.#analyser);
    this.#source.connect(this.#volume);
    this.#volume.connect(this.#output);
    this.#panner.connect(this.#output);
    // Chromium lets a voice from afar flow into the graph only while an element plays it too: this one is silent.
    this.#element.muted = true;
    this.#element.srcObject = stream;
    void this.#element.play().catch(() => undefined);
  }

  /** Who is muted is not heard here either, whatever their browser sends. */
  mute(isMuted: boolean): void {
    if (this.#isMuted === isMuted) return;
    this.#isMuted = isMuted;
    this.#volume.gain.value = isMuted ? 0 : 1;
  }

  /** Where it comes from, metres of the room; null: from nowhere, on both ears alike. */
  place(place: Place | null): void {
    if (place) {
      this.#panner.positionX.value = place.x;
      this.#panner.positionY.value = place.y;
      this.#panner.positionZ.value = place.z;
    }
    if (this.#isPlaced === (place !== null)) return;
    this.#isPlaced = place !== null;
    this.#volume.disconnect();
    this.#volume.connect(this.#isPlaced ? this.#panner : this.#output);
  }

  get isPlaced(): boolean {
    return this.#isPlaced;
  }

  isSpeaking(nowMs: number): boolean {
    if (this.#isMuted) return false;
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return this.#meter.hear(levelOf(this.#samples), nowMs);
  }

  dispose(): void {
    this.#element.srcObject = null;
    for (const node of [this.#source, this.#volume, this.#panner, this.#analyser]) node.disconnect();
  }
}

/** One's own microphone, which is measured and never heard. */
export class OwnMeter {
  readonly #source: MediaStreamAudioSourceNode;
  readonly #analyser: AnalyserNode;
  readonly #samples = new Float32Array(SAMPLES);
  readonly #meter = new SpeakingMeter();

  constructor(context: AudioContext, track: MediaStreamTrack) {
    this.#source = context.createMediaStreamSource(new MediaStream([track]));
    this.#analyser = new AnalyserNode(context, { fftSize: SAMPLES });
    this.#source.connect(this.#analyser);
  }

  /** A track that is switched off is silence. */
  isSpeaking(nowMs: number): boolean {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    return this.#meter.hear(levelOf(this.#samples), nowMs);
  }

  dispose(): void {
    this.#source.disconnect();
  }
}
