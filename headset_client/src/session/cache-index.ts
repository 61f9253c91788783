// Which cached assets were used when, and which go first: only bookkeeping, no storage.

interface Entry {
  readonly bytes: number;
  readonly usedMs: number;
}

export class CacheIndex {
  readonly #entries = new Map<string, Entry>();

  /** What `text` gave; a text that is not an index gives an empty one. */
  static read(text: string): CacheIndex {
    const index = new CacheIndex();
    try {
      for (const [asset, bytes, usedMs] of JSON.parse(text) as [string, number, number][]) {
        if (Number.isFinite(bytes) && Number.isFinite(usedMs)) index.use(asset, bytes, usedMs);
      }
    } catch {
      // Damaged: last uses are forgotten, and fill up again.
    }
    return index;
  }

  get text(): string {
    return JSON.stringify([...this.#entries].map(([asset, { bytes, usedMs }]) => [asset, bytes, usedMs]));
  }

  use(asset: string, bytes: number, usedMs: number): void {
    this.#entries.set(asset, { bytes, usedMs });
  }

  forget(asset: string): void {
    this.#entries.delete(asset);
  }

  /** The later use counts. */
  merge(other: CacheIndex): void {
    for (const [asset, entry] of other.#entries) {
      const known = this.#entries.get(asset);
      if (!known || known.usedMs < entry.usedMs) this.#entries.set(asset, entry);
    }
  }

  /** What must go so that the rest stays within the budget, least recently used first. */
  beyond(budgetBytes: number): readonly string[] {
    let total = [...this.#entries.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    const going: string[] = [];
    const oldestFirst = [...this.#entries].sort(([, a], [, b]) => a.usedMs - b.usedMs);
    for (const [asset, { bytes }] of oldestFirst) {
      if (total <= budgetBytes) break;
      going.push(asset);
      total -= bytes;
    }
    return going;
  }
}
