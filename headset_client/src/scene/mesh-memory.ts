// Which meshes leave the graphics card when they are more than the budget: only the choice, no three.js.

/** Bytes of vertices and triangles on the card. */
export const MESH_BUDGETS = { headset: 64 * 1024 ** 2, tablet: 64 * 1024 ** 2, desktop: 256 * 1024 ** 2 } as const;

export interface HeldLevel {
  readonly structure: string;
  readonly asset: string;
  readonly bytes: number;
  /** When it was on screen last; larger is later. */
  readonly lastUsed: number;
  /** What it is to its structure: on screen, the coarsest (kept to fall back to), or neither. */
  readonly role: "shown" | "shown-hidden" | "idle" | "coarsest";
}

/**
 * Levels to drop, in order: those not in use, the least recently used first, then the finer levels of hidden structures.
 * What is on screen and the coarsest level of each structure stay.
 */
export function levelsToDrop(held: readonly HeldLevel[], budgetBytes: number): readonly HeldLevel[] {
  let total = held.reduce((sum, level) => sum + level.bytes, 0);
  const dropped: HeldLevel[] = [];
  for (const role of ["idle", "shown-hidden"] as const) {
    const candidates = held.filter((level) => level.role === role).sort((a, b) => a.lastUsed - b.lastUsed);
    for (const level of candidates) {
      if (total <= budgetBytes) return dropped;
      dropped.push(level);
      total -= level.bytes;
    }
  }
  return dropped;
}
