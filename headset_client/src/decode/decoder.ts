// The page's side of the decoding worker.
import type { DecodeAnswer, DecodeRequest } from "./decode-messages";
import type { MeshPiece } from "./mesh-pieces";

export class DecodeError extends Error {
  override readonly name = "DecodeError";
}

type Waiter = { resolve(answer: DecodeAnswer): void; reject(reason: Error): void };

/** Bytes given to it are gone afterwards: they move to the worker. */
export class Decoder {
  readonly #start: () => Worker;
  /** Started with the first work: until the first picture is drawn it would only be in the way. */
  #worker: Worker | null = null;
  readonly #waiting = new Map<number, Waiter>();
  #next = 1;

  constructor(start: () => Worker = startWorker) {
    this.#start = start;
  }

  async mesh(bytes: Uint8Array<ArrayBuffer>): Promise<readonly MeshPiece[]> {
    const answer = await this.#ask({ kind: "mesh", bytes });
    return answer.kind === "mesh" ? answer.pieces : [];
  }

  async inflate(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
    const answer = await this.#ask({ kind: "inflate", bytes });
    return answer.kind === "inflate" ? answer.samples : new Uint8Array();
  }

  dispose(): void {
    this.#worker?.terminate();
    this.#failAll("the session was closed");
  }

  #ask(work: Pick<DecodeRequest, "kind" | "bytes">): Promise<DecodeAnswer> {
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker ??= this.#started();
      this.#worker.postMessage({ id, ...work }, [work.bytes.buffer]);
    });
  }

  #started(): Worker {
    const worker = this.#start();
    worker.onmessage = ({ data }: MessageEvent<DecodeAnswer>) => {
      const waiter = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if (data.kind === "failed") waiter?.reject(new DecodeError(data.reason));
      else waiter?.resolve(data);
    };
    worker.onerror = () => this.#failAll("the worker that decodes did not start");
    return worker;
  }

  #failAll(reason: string): void {
    for (const waiter of this.#waiting.values()) waiter.reject(new DecodeError(reason));
    this.#waiting.clear();
  }
}

function startWorker(): Worker {
  return new Worker(new URL("./decode-worker.ts", import.meta.url), { type: "module", name: "decode" });
}
