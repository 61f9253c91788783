// The asset socket: asks for assets by hash, grants credit as they are taken, resumes where a lost connection stopped.
import { type AssetMessage, parseAssetServerMessage } from "../protocol";
import { type AssetCache, matchesHash } from "./asset-cache";
import { AssetQueue } from "./asset-queue";
import { backoffMs } from "./backoff";

interface Waiter {
  resolve(bytes: Uint8Array<ArrayBuffer>): void;
  reject(reason: Error): void;
}

export class AssetError extends Error {
  override readonly name = "AssetError";
}

export class AssetClient {
  readonly #url: string;
  readonly #cache: AssetCache;
  readonly #queue = new AssetQueue();
  readonly #loading = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  readonly #waiting = new Map<string, Waiter>();
  #token: string | null = null;
  #socket: WebSocket | null = null;
  #attempt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #bytesReceived = 0;

  constructor(url: string, cache: AssetCache) {
    this.#url = url;
    this.#cache = cache;
  }

  /** Over the network, since the page was opened. */
  get bytesReceived(): number {
    return this.#bytesReceived;
  }

  /** The bytes of an asset; a lower priority number comes first. */
  get(asset: string, priority: number): Promise<Uint8Array<ArrayBuffer>> {
    let loading = this.#loading.get(asset);
    if (!loading) {
      loading = this.#load(asset, priority).finally(() => this.#loading.delete(asset));
      this.#loading.set(asset, loading);
    }
    return loading;
  }

  async #load(asset: string, priority: number): Promise<Uint8Array<ArrayBuffer>> {
    const cached = await this.#cache.read(asset);
    if (cached) return cached;
    const bytes = await new Promise<Uint8Array<ArrayBuffer>>((resolve, reject) => {
      this.#waiting.set(asset, { resolve, reject });
      this.#send(this.#queue.want(asset, priority));
    });
    if (!(await matchesHash(asset, bytes))) throw new AssetError("asset arrived damaged");
    void this.#cache.write(asset, bytes);
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
