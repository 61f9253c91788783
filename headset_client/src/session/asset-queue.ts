// What has been asked for on the asset socket and what has arrived: no socket in here, only bookkeeping and credit.
import { ASSET_CHUNK_BYTES, ASSET_CHUNK_HEADER_BYTES, type AssetMessage } from "../protocol";

export interface AssetDone {
  readonly asset: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

interface Request {
  readonly requestId: number;
  readonly asset: string;
  priority: number;
  received: number;
  buffer: Uint8Array<ArrayBuffer> | null;
}

export class AssetQueueError extends Error {
  override readonly name = "AssetQueueError";
}

/** As little as a chunk may have: a server that keeps few bytes on a slow line gets its answer for each. */
const CREDIT_STEP_BYTES = ASSET_CHUNK_BYTES / 4;
/** Largest asset accepted: a wrong header must not allocate the tab to death. */
const LARGEST_ASSET_BYTES = 512 * 1024 * 1024;

export class AssetQueue {
  readonly #byRequest = new Map<number, Request>();
  readonly #byAsset = new Map<string, Request>();
  #nextRequest = 1;
  #unacknowledged = 0;

  /** Assets that are still wanted. */
  get outstanding(): number {
    return this.#byAsset.size;
  }

  /** Of an asset that is wanted. */
  priorityOf(asset: string): number | undefined {
    return this.#byAsset.get(asset)?.priority;
  }

  /** The message that asks for the asset, or changes its priority if it is already under way. */
  want(asset: string, priority: number): AssetMessage {
    let request = this.#byAsset.get(asset);
    if (request) request.priority = priority;
    else {
      request = { requestId: this.#nextRequest++, asset, priority, received: 0, buffer: null };
      this.#remember(request);
    }
    return requestMessage(request);
  }

  /** The message that gives the asset up, or null if it was not wanted. */
  cancel(asset: string): AssetMessage | null {
    const request = this.#byAsset.get(asset);
    if (!request) return null;
    this.#forget(request);
    return { type: "asset.cancel", request_id: request.requestId };
  }

  /** The asset a refusal is about; it is no longer wanted. */
  refused(requestId: number): string | null {
    const request = this.#byRequest.get(requestId);
    if (!request) return null;
    this.#forget(request);
    return request.asset;
  }

  /** Takes a binary frame. Chunks of requests that were given up are counted for credit and dropped. */
  receive(frame: ArrayBuffer): AssetDone | null {
    if (frame.byteLength < ASSET_CHUNK_HEADER_BYTES) throw new AssetQueueError("asset chunk without a header");
    const header = new DataView(frame);
    const [requestId, offset, total] = [0, 4, 8].map((at) => header.getUint32(at, true)) as [number, number, number];
    const payload = new Uint8Array(frame, ASSET_CHUNK_HEADER_BYTES);
    this.#unacknowledged += payload.byteLength;
    const request = this.#byRequest.get(requestId);
    if (!request) return null;
    if (total > LARGEST_ASSET_BYTES) throw new AssetQueueError("asset larger than this client accepts");
    request.buffer ??= new Uint8Array(total);
    if (offset !== request.received || offset + payload.byteLength > request.buffer.byteLength) {
      throw new AssetQueueError("asset chunk out of order");
    }
    request.buffer.set(payload, offset);
    request.received += payload.byteLength;
    if (request.received < request.buffer.byteLength) return null;
    this.#forget(request);
    return { asset: request.asset, bytes: request.buffer };
  }

  /** The credit to grant now, or null while it is not worth a message. */
  takeCredit(): AssetMessage | null {
    if (this.#unacknowledged < CREDIT_STEP_BYTES && !(this.#unacknowledged > 0 && this.outstanding === 0)) return null;
    const bytes = this.#unacknowledged;
    this.#unacknowledged = 0;
    return { type: "asset.credit", bytes };
  }

  /** After a reconnect: the same requests under new numbers, each from where it stopped; credit starts over. */
  resume(): readonly AssetMessage[] {
    this.#unacknowledged = 0;
    this.#byRequest.clear();
    return [...this.#byAsset.values()]
      .sort((a, b) => a.priority - b.priority)
      .map((request) => {
        const renewed = { ...request, requestId: this.#nextRequest++ };
        this.#remember(renewed);
        return requestMessage(renewed);
      });
  }

  #remember(request: Request): void {
    this.#byRequest.set(request.requestId, request);
    this.#byAsset.set(request.asset, request);
  }

  #forget(request: Request): void {
    this.#byRequest.delete(request.requestId);
    this.#byAsset.delete(request.asset);
  }
}

function requestMessage(request: Request): AssetMessage {
  return {
    type: "asset.request",
    request_id: request.requestId,
    asset: request.asset,
    offset: request.received,
    priority: request.priority,
  };
}
