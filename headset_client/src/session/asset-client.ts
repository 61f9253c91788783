// The asset socket: asks for assets by hash, grants credit as they are taken, resumes where a lost connection stopped.
import { type AssetMessage, parseAssetServerMessage } from "../protocol";
import { type AssetCache, matchesHash } from "./asset-cache";
import { AssetQueue } from "./asset-queue";
import { backoffMs } from "./backoff";
import { BandwidthEstimate } from "./bandwidth";

interface Waiter {
  resolve(bytes: Uint8Array<ArrayBuffer>): void;
  reject(reason: Error): void;
}

export class AssetError extends Error {
  override readonly name = "AssetError";
}

/** The asset is not wanted any more: nothing went wrong. */
export class AssetCancelled extends AssetError {}

export class AssetClient {
  readonly #url: string;
  readonly #cache: AssetCache;
  readonly #queue = new AssetQueue();
  readonly #loading = new Map<string, { readonly bytes: Promise<Uint8Array<ArrayBuffer>>; claims: number }>();
  readonly #waiting = new Map<string, Waiter>();
  #token: string | null = null;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #bytesReceived = 0;
  readonly #bandwidth = new BandwidthEstimate();

  constructor(url: string, cache: AssetCache) {
    this.#url = url;
    this.#cache = cache;
  }

  /** Over the network, since the page was opened. */
  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  /** Measured while assets came; null before the first. */
  get bytesPerSecond(): number | null {
    return this.#bandwidth.bytesPerSecond;
  }

  /** The bytes of an asset, to keep or give away; a lower priority number comes first. */
  async get(asset: string, priority: number): Promise<Uint8Array<ArrayBuffer>> {
    this.prioritise(asset, priority);
    let loading = this.#loading.get(asset);
    if (!loading) {
      loading = { bytes: this.#load(asset, priority), claims: 0 };
      this.#loading.set(asset, loading);
    }
    loading.claims += 1;
    const mine = loading;
    try {
      const bytes = await mine.bytes;
      // Equal slabs of different volumes are one asset: all but the last who waits get copies.
      mine.claims -= 1;
      return mine.claims > 0 ? bytes.slice() : bytes;
    } finally {
      if (this.#loading.get(asset) === mine) this.#loading.delete(asset);
    }
  }

  /** Changes the priority of an asset that is under way. */
  prioritise(asset: string, priority: number): void {
    if (this.#queue.priorityOf(asset) !== priority && this.#waiting.has(asset)) {
      this.#send(this.#queue.want(asset, priority));
    }
  }

  /** Gives up an asset that is under way; those who wait get `AssetCancelled`. */
  cancel(asset: string): void {
    const message = this.#queue.cancel(asset);
    if (message) this.#send(message);
    this.#take(asset)?.reject(new AssetCancelled("the asset is not wanted any more"));
    this.#loading.delete(asset);
  }

  async #load(asset: string, priority: number): Promise<Uint8Array<ArrayBuffer>> {
    const cached = await this.#cache.read(asset);
    if (cached) return cached;
    const bytes = await new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
      this.#waiting.set(asset, { resolve, reject });
      this.#send(this.#queue.want(asset, priority));
    });
    if (!(await matchesHash(asset, bytes))) throw new AssetError("asset arrived damaged");
    this.#cache.write(asset, bytes);
    return bytes;
  }

  /** Called with every welcome: tokens belong to a control connection. */
  open(token: string): void {
    this.#token = token;
    this.#attempt = 0;
    this.#connect();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#socket?.close();
    for (const waiter of this.#waiting.values()) waiter.reject(new AssetError("the session was closed"));
    this.#waiting.clear();
  }

  #connect(): void {
    clearTimeout(this.#retry);
    this.#socket?.close();
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => {
      this.#attempt = 0;
      socket.send(JSON.stringify({ type: "asset.hello", asset_token: this.#token ?? "" } satisfies AssetMessage));
      for (const message of this.#queue.resume()) socket.send(JSON.stringify(message));
    };
    socket.onmessage = (event: MessageEvent<ArrayBuffer | string>) => this.#receive(event.data);
    socket.onclose = () => {
      if (this.#socket !== socket || this.#closed) return;
      this.#socket = null;
      this.#bandwidth.interrupt();
      this.#retry = setTimeout(() => this.#connect(), backoffMs(++this.#attempt, Math.random()));
    };
  }

  #receive(data: ArrayBuffer | string): void {
    if (typeof data === "string") {
      const message = parseAssetServerMessage(JSON.parse(data));
      if (message.type === "asset.refused") {
        const asset = this.#queue.refused(message.request_id);
        if (asset) this.#take(asset)?.reject(new AssetError(`${message.message} ${message.cure}`));
      }
      return;
    }
    this.#bytesReceived += data.byteLength;
    const done = this.#queue.receive(data);
    this.#bandwidth.receive(data.byteLength, performance.now(), this.#queue.outstanding > 0);
    const credit = this.#queue.takeCredit();
    if (credit) this.#send(credit);
    if (done) this.#take(done.asset)?.resolve(done.bytes);
  }

  #take(asset: string): Waiter | undefined {
    const waiter = this.#waiting.get(asset);
    this.#waiting.delete(asset);
    return waiter;
  }

  /** Requests made while offline are sent by `resume` on the next connection. */
  #send(message: AssetMessage): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}
