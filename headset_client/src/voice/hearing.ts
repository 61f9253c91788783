// All voices that this person hears, placed around their own head.
import type { Camera } from "three";
import { Vector3 } from "three";
import type { VoicePerson } from "../protocol";
import { HeardVoice, OwnMeter, type Place } from "./heard-voice";

/** Nearer than this a direction means nothing: voices would jump from ear to ear. */
const TOO_NEAR_M = 0.3;

export class Hearing {
  readonly context = new AudioContext({ latencyHint: "interactive" });
  readonly #voices = new Map<number, HeardVoice>();
  readonly #ear = new Vector3();
  readonly #ahead = new Vector3();
  readonly #up = new Vector3();
  #own: OwnMeter | null = null;

  /** Browsers keep pages silent until somebody presses something. */
  get isSilenced(): boolean {
    return this.context.state === "suspended";
  }

  wake(): Promise<void> {
    return this.context.resume().catch(() => undefined);
  }

  add(seat: number, stream: MediaStream): void {
    this.remove(seat);
    this.#voices.set(seat, new HeardVoice(this.context, stream));
  }

  remove(seat: number): void {
    this.#voices.get(seat)?.dispose();
    this.#voices.delete(seat);
  }

  of(seat: number): HeardVoice | undefined {
    return this.#voices.get(seat);
  }

  /** One's own microphone, so that one sees that it works. */
  listenToOwn(track: MediaStreamTrack | null): void {
    this.#own?.dispose();
    this.#own = track && new OwnMeter(this.context, track);
  }

  /** Who speaks now, by client id; whoever is muted is silent. */
  speakers(people: readonly VoicePerson[], myself: string | undefined): ReadonlySet<string> {
    const now = performance.now();
    const speaking = new Set<string>();
    for (const { client_id, seat, is_muted } of people) {
      const voice = client_id === myself ? this.#own : this.#voices.get(seat);
      this.#voices.get(seat)?.mute(is_muted);
      if (voice?.isSpeaking(now)) speaking.add(client_id);
    }
    return speaking;
  }

  /** Where one's own ears are, in the room. */
  standAt(camera: Camera): void {
    const { listener } = this.context;
    this.#ear.setFromMatrixPosition(camera.matrixWorld);
    camera.getWorldDirection(this.#ahead);
    this.#up.setFromMatrixColumn(camera.matrixWorld, 1).normalize();
    const [ear, ahead, up] = [this.#ear, this.#ahead, this.#up];
    if (listener.positionX) {
      listener.positionX.value = ear.x;
      listener.positionY.value = ear.y;
      listener.positionZ.value = ear.z;
      listener.forwardX.value = ahead.x;
      listener.forwardY.value = ahead.y;
      listener.forwardZ.value = ahead.z;
      listener.upX.value = up.x;
      listener.upY.value = up.y;
      listener.upZ.value = up.z;
    } else {
      listener.setPosition(ear.x, ear.y, ear.z); // Firefox
      listener.setOrientation(ahead.x, ahead.y, ahead.z, up.x, up.y, up.z);
    }
  }

  /** Where somebody speaks from; null where that is not known. */
  place(seat: number, place: Place | null): void {
    const near = place !== null && Math.hypot(place.x - this.#ear.x, place.y - this.#ear.y, place.z - this.#ear.z);
    this.#voices.get(seat)?.place(near !== false && near > TOO_NEAR_M ? place : null);
  }

  close(): void {
    for (const seat of [...this.#voices.keys()]) this.remove(seat);
    this.listenToOwn(null);
    void this.context.close().catch(() => undefined);
  }
}
