// Asset bytes kept by content hash in the browser's Cache Storage; a re-join downloads nothing it has.
import { CacheIndex } from "./cache-index";

const CACHE_NAME = "cantlie-assets-2";
const EARLIER_CACHES = ["cantlie-assets-1"];
const INDEX_KEY = "/asset-cache/index";
/** About ten cases; beyond it what was not used for longest goes. */
export const CACHE_BUDGET_BYTES = 1024 * 1024 * 1024;
/** The index is written when nothing was stored or used for so long. */
const QUIET_MS = 2000;

export interface AssetCache {
  read(asset: string): Promise<Uint8Array<ArrayBuffer> | null>;
  write(asset: string, bytes: Uint8Array<ArrayBuffer>): void;
}

const NO_CACHE: AssetCache = { read: async () => null, write: () => {} };

/** Cache Storage exists on secure origins only; without it everything is streamed again, and that is fine. */
export function openAssetCache(): AssetCache {
  return "caches" in globalThis ? new StoredAssets(caches, CACHE_BUDGET_BYTES) : NO_CACHE;
}

const keyOf = (asset: string) => `/asset-cache/${asset}`;

export class StoredAssets implements AssetCache {
  readonly #opened: Promise<Cache | null>;
  readonly #budgetBytes: number;
  readonly #used = new CacheIndex();
  #quiet: ReturnType<typeof setTimeout> | undefined;

  constructor(storage: CacheStorage, budgetBytes: number) {
    this.#budgetBytes = budgetBytes;
    this.#opened = storage.open(CACHE_NAME).catch(() => null);
    for (const name of EARLIER_CACHES) void storage.delete(name).catch(() => false);
  }

  async read(asset: string): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      const response = await (await this.#opened)?.match(keyOf(asset));
      if (!response) return null;
      const bytes = new Uint8Array(await response.arrayBuffer());
      if (!(await matchesHash(asset, bytes))) {
        await (await this.#opened)?.delete(keyOf(asset));
        return null;
      }
      this.#note(asset, bytes.byteLength);
      return bytes;
    } catch {
      return null;
    }
  }

  /** Takes its copy at once: the caller may give the bytes away. */
  write(asset: string, bytes: Uint8Array<ArrayBuffer>): void {
    const size = bytes.byteLength;
    const response = new Response(bytes);
    this.#opened
      .then(async (cache) => {
        await cache?.put(keyOf(asset), response);
        this.#note(asset, size);
      })
      // Storage full or forbidden: the asset is in memory already, only the next visit streams it again.
      .catch(() => undefined);
  }

  /** Brings the stored index up to date and lets go what is beyond the budget. */
  async tidy(): Promise<void> {
    const cache = await this.#opened;
    if (!cache) return;
    // Other windows write the index too, so what is there now counts.
    const stored = await cache.match(INDEX_KEY);
    const index = CacheIndex.read(stored ? await stored.text() : "");
    index.merge(this.#used);
    for (const asset of index.beyond(this.#budgetBytes)) {
      await cache.delete(keyOf(asset));
      index.forget(asset);
    }
    await cache.put(INDEX_KEY, new Response(index.text));
  }

  #note(asset: string, bytes: number): void {
    this.#used.use(asset, bytes, Date.now());
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => void this.tidy().catch(() => undefined), QUIET_MS);
  }
}

/** Whether the bytes are what their name says; true where the browser cannot tell (no secure context). */
export async function matchesHash(asset: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  if (!globalThis.crypto?.subtle) return true;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") === asset;
}
