import { createHash } from "node:crypto";
import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { StoredAssets } from "../../src/session/asset-cache";
import { CacheIndex } from "../../src/session/cache-index";

describe("which cached assets go first", () => {
  test("the least recently used, until the rest fits", () => {
    const index = new CacheIndex();
    index.use("old", 40, 1);
    index.use("new", 40, 3);
    index.use("middle", 40, 2);
    expect(index.beyond(100)).toEqual(["old"]);
    expect(index.beyond(40)).toEqual(["old", "middle"]);
    index.use("old", 40, 4);
    expect(index.beyond(100)).toEqual(["middle"]);
  });

  test("what several windows used is put together by the latest use, and survives as text", () => {
    const one = CacheIndex.read("");
    one.use("a", 1, 10);
    one.use("b", 1, 10);
    const other = new CacheIndex();
    other.use("a", 1, 20);
    other.use("b", 1, 5);
    one.merge(other);
    expect(JSON.parse(CacheIndex.read(one.text).text)).toEqual([
      ["a", 1, 20],
      ["b", 1, 10],
    ]);
    expect(CacheIndex.read("no index").text).toBe("[]");
  });
});

class MemoryCache {
  readonly stored = new Map<string, Response>();
  async match(key: string): Promise<Response | undefined> {
    return this.stored.get(key)?.clone();
  }
  async put(key: string, response: Response): Promise<void> {
    this.stored.set(key, response);
  }
  async delete(key: string): Promise<boolean> {
    return this.stored.delete(key);
  }
}

describe("stored assets", () => {
  let cache: MemoryCache;
  let storage: CacheStorage;
  beforeEach(() => {
    cache = new MemoryCache();
    storage = { open: async () => cache, delete: async () => true } as unknown as CacheStorage;
  });
  const bytes = (value: number) => new Uint8Array(100).fill(value);
  const nameOf = (content: Uint8Array) => createHash("sha256").update(content).digest("hex");

  test("come back even if the caller gave its bytes away", async () => {
    const content = bytes(1);
    const assets = new StoredAssets(storage, 1000);
    assets.write(nameOf(content), content);
    structuredClone(content, { transfer: [content.buffer] });
    await assets.tidy();
    expect(await assets.read(nameOf(bytes(1)))).toEqual(bytes(1));
  });

  test("that are not what their name says are dropped", async () => {
    const assets = new StoredAssets(storage, 1000);
    assets.write("a".repeat(64), bytes(1));
    await assets.tidy();
    expect(await assets.read("a".repeat(64))).toBeNull();
    expect([...cache.stored.keys()].some((key) => key.includes("aaa"))).toBe(false);
  });

  test("beyond the budget go, and a later visit knows what is there", async () => {
    // Within one millisecond nobody can say what was used last.
    let now = 0;
    const clock = vi.spyOn(Date, "now").mockImplementation(() => ++now);
    onTestFinished(() => clock.mockRestore());
    const assets = new StoredAssets(storage, 1000);
    for (const value of [1, 2]) assets.write(nameOf(bytes(value)), bytes(value));
    await assets.tidy();
    const later = new StoredAssets(storage, 150);
    await later.read(nameOf(bytes(1)));
    await later.tidy();
    expect(await later.read(nameOf(bytes(1)))).toEqual(bytes(1));
    expect(await later.read(nameOf(bytes(2)))).toBeNull();
  });
});
