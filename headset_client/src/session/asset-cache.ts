// Asset bytes kept by content hash in the browser's Cache Storage; a re-join downloads nothing it has.

const CACHE_NAME = "cantlie-assets-1";

export interface AssetCache {
  read(asset: string): Promise<Uint8Array<ArrayBuffer> | null>;
  write(asset: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/** Cache Storage exists on secure origins only; without it everything is streamed again, and that is fine. */
export function openAssetCache(): AssetCache {
  if (!("caches" in globalThis)) return { read: async () => null, write: async () => {} };
  const opened = caches.open(CACHE_NAME).catch(() => null);
  const keyOf = (asset: string) => `/asset-cache/${asset}`;
  return {
    async read(asset) {
      try {
        const response = await (await opened)?.match(keyOf(asset));
        return response ? new Uint8Array(await response.arrayBuffer()) : null;
      } catch {
        return null;
      }
    },
    async write(asset, bytes) {
      try {
        await (await opened)?.put(keyOf(asset), new Response(bytes));
      } catch {
        // Storage full or forbidden: the asset is in memory already, only the next visit streams it again.
      }
    },
  };
}

/** Whether the bytes are what their name says; true where the browser cannot tell (no secure context). */
export async function matchesHash(asset: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  if (!globalThis.crypto?.subtle) return true;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("") === asset;
}
