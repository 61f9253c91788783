import { type BufferGeometry, Mesh } from "three";
import { beforeEach, describe, expect, test } from "vitest";
import type { MeshPiece } from "../../src/decode/mesh-pieces";
import type { StructureAsset } from "../../src/protocol";
import { CutUniforms } from "../../src/scene/cut-uniforms";
import { MeshStream } from "../../src/scene/mesh-stream";
import { StructureView } from "../../src/scene/structure-view";

const VISIBLE = { visible: true, opacity: 1 };
const HIDDEN = { visible: false, opacity: 1 };

/** Levels finest first; an asset is named after the case's version of it. */
function structure(name: string, version = "a", levels = 3): StructureAsset {
  return {
    name,
    title: name,
    snomed: "",
    colour: "#ffffff",
    lies_in_liver: false,
    longest_axial_mm: null,
    volume_ml: 1,
    bounds_lps_mm: [
      [0, 0, 0],
      [1, 1, 1],
    ],
    levels: Array.from({ length: levels }, (_, level) => ({
      level,
      asset: `${name}-${version}-${level}`,
      bytes: 1000,
      triangles: 1000,
      error_mm: level,
    })),
  };
}

function piece(vertices = 4): MeshPiece {
  const positions = { array: new Uint16Array(vertices * 4), size: 4, normalized: false };
  const normals = { array: new Int8Array(vertices * 4), size: 4, normalized: true };
  const place = { scale: [1, 1, 1], translation: [0, 0, 0], sphere: [0, 0, 0, 1] } as const;
  return { positions, normals, indices: new Uint16Array(3), ...place };
}

/** 12 bytes a vertex: more than half of what a frame takes. */
const LARGE = 100_000;

class Bench {
  readonly cut = new CutUniforms();
  readonly views = new Map<string, StructureView>();
  readonly asked: string[] = [];
  readonly cancelled: string[] = [];
  readonly failures: unknown[] = [];
  readonly seen = new Map<BufferGeometry, boolean>();
  readonly #waiting = new Map<string, { resolve(pieces: MeshPiece[]): void; reject(reason: Error): void }>();
  readonly stream: MeshStream;

  constructor(budgetBytes = 1e9) {
    this.stream = new MeshStream(budgetBytes, {
      load: (asset) => {
        this.asked.push(asset);
        return new Promise((resolve, reject) => this.#waiting.set(asset, { resolve, reject }));
      },
      prioritise: () => {},
      cancel: (asset) => this.cancelled.push(asset),
      bytesPerSecond: () => null,
      onFailure: (error) => this.failures.push(error),
      onChange: () => {},
    });
  }

  setScene(structures: readonly StructureAsset[], appearance = VISIBLE): void {
    const gone = [...this.views].filter(([name]) => !structures.some((one) => one.name === name));
    for (const [name] of gone) this.views.delete(name);
    for (const one of structures) {
      const known = this.views.get(one.name);
      if (known) known.update(one);
      else this.views.set(one.name, new StructureView(one, this.cut, appearance));
    }
    this.stream.setViews(this.views);
    for (const [, view] of gone) view.dispose();
  }

  choose(levels: Readonly<Record<string, number>>): void {
    this.stream.choose(new Map(Object.entries(levels).map(([name, level]) => [name, { level, gain: 1 }])));
  }

  async arrive(asset: string, ...pieces: MeshPiece[]): Promise<void> {
    this.#waiting.get(asset)?.resolve(pieces.length > 0 ? pieces : [piece()]);
    await settle();
  }

  async fail(asset: string): Promise<void> {
    this.#waiting.get(asset)?.reject(new Error("gone"));
    await settle();
  }

  /** A frame: what is in the scene then is remembered, to see later whether it was let go. */
  frame(): boolean {
    const more = this.stream.step();
    for (const view of this.views.values()) {
      view.group.traverse((object) => {
        if (!(object instanceof Mesh) || this.seen.has(object.geometry)) return;
        this.seen.set(object.geometry, true);
        object.geometry.addEventListener("dispose", () => this.seen.set(object.geometry, false));
      });
    }
    return more;
  }

  shown(name: string): string | null | undefined {
    return this.views.get(name)?.shown;
  }

  /** Geometries that were in the scene and not disposed. */
  get alive(): number {
    return [...this.seen.values()].filter(Boolean).length;
  }
}

async function settle(): Promise<void> {
  for (let n = 0; n < 5; n++) await Promise.resolve();
}

describe("meshes on their way", () => {
  let bench: Bench;
  beforeEach(() => {
    bench = new Bench();
    bench.setScene([structure("spleen"), structure("aorta")]);
  });

  async function firstPicture(): Promise<void> {
    await bench.arrive("spleen-a-2");
    await bench.arrive("aorta-a-2");
    bench.frame();
  }

  test("the coarsest levels are asked for at once and appear in one frame", async () => {
    expect(bench.asked).toEqual(["spleen-a-2", "aorta-a-2"]);
    expect(bench.stream.complete).toBe(false);
    await firstPicture();
    expect([bench.shown("spleen"), bench.shown("aorta")]).toEqual(["spleen-a-2", "aorta-a-2"]);
    expect(bench.stream.complete).toBe(true);
  });

  test("later one level appears a frame, and the level before it stays until then", async () => {
    await firstPicture();
    bench.choose({ spleen: 0, aorta: 0 });
    await bench.arrive("spleen-a-0");
    await bench.arrive("aorta-a-0");
    expect([bench.shown("spleen"), bench.shown("aorta")]).toEqual(["spleen-a-2", "aorta-a-2"]);
    expect(bench.frame()).toBe(true);
    expect([bench.shown("spleen"), bench.shown("aorta")].sort()).toEqual(["aorta-a-2", "spleen-a-0"]);
    expect(bench.frame()).toBe(false);
    expect([bench.shown("spleen"), bench.shown("aorta")]).toEqual(["spleen-a-0", "aorta-a-0"]);
  });

  test("a large level goes up over several frames and is drawn only when it is whole", async () => {
    await firstPicture();
    bench.choose({ spleen: 0 });
    await bench.arrive("spleen-a-0", piece(LARGE), piece(LARGE), piece(LARGE));
    for (let frame = 0; frame < 2; frame++) {
      expect(bench.frame()).toBe(true);
      expect(bench.shown("spleen")).toBe("spleen-a-2");
    }
    bench.frame();
    expect(bench.shown("spleen")).toBe("spleen-a-0");
  });

  test("what the view no longer asks for is cancelled, even half way up", async () => {
    await firstPicture();
    bench.choose({ spleen: 0 });
    bench.choose({ spleen: 1 });
    expect(bench.cancelled).toContain("spleen-a-0");
    await bench.arrive("spleen-a-0");
    bench.frame();
    expect(bench.shown("spleen")).toBe("spleen-a-2");
    await bench.arrive("spleen-a-1", piece(LARGE), piece(LARGE));
    bench.frame();
    const before = bench.alive;
    bench.choose({ spleen: 2 });
    expect(bench.alive).toBe(before - 1);
    expect(bench.frame()).toBe(false);
    expect(bench.shown("spleen")).toBe("spleen-a-2");
  });

  test("a level that is still on the card comes back without being fetched", async () => {
    await firstPicture();
    bench.choose({ spleen: 0 });
    await bench.arrive("spleen-a-0");
    bench.frame();
    const asked = bench.asked.length;
    bench.choose({ spleen: 2 });
    expect(bench.shown("spleen")).toBe("spleen-a-2");
    bench.choose({ spleen: 0 });
    expect(bench.shown("spleen")).toBe("spleen-a-0");
    expect(bench.asked.length).toBe(asked);
  });

  test("a level that cannot come is told once, counts as failed and holds nothing up", async () => {
    await bench.fail("spleen-a-2");
    await bench.arrive("aorta-a-2");
    bench.frame();
    expect(bench.failures.length).toBe(1);
    expect(bench.stream.progress).toEqual({ done: 1, steps: 2, failed: 1 });
  });

  test("a changed case brings what changed, keeps the old until then, and lets go of what is gone", async () => {
    await firstPicture();
    bench.choose({ spleen: 1, aorta: 2 });
    await bench.arrive("spleen-a-1");
    bench.frame();
    bench.asked.length = 0;
    bench.setScene([structure("spleen", "b"), structure("cyst")]);
    expect(bench.asked).toEqual(["spleen-b-1", "cyst-a-2"]);
    expect(bench.shown("spleen")).toBe("spleen-a-1");
    await bench.arrive("spleen-b-1");
    await bench.arrive("cyst-a-2");
    bench.frame();
    bench.frame();
    expect([bench.shown("spleen"), bench.shown("cyst")]).toEqual(["spleen-b-1", "cyst-a-2"]);
    // Both levels of the old spleen and the aorta went; one geometry each is left.
    expect(bench.alive).toBe(2);
  });

  test("everything is let go in the end", async () => {
    await firstPicture();
    bench.choose({ spleen: 0, aorta: 1 });
    await bench.arrive("spleen-a-0", piece(LARGE), piece(LARGE));
    await bench.arrive("aorta-a-1");
    bench.frame();
    expect(bench.alive).toBeGreaterThan(2);
    bench.stream.stop();
    for (const view of bench.views.values()) view.dispose();
    expect(bench.alive).toBe(0);
  });
});

test("beyond the memory budget the levels not in use go first", async () => {
  const bench = new Bench(piece().positions.array.byteLength * 5);
  bench.setScene([structure("spleen")]);
  await bench.arrive("spleen-a-2");
  bench.frame();
  for (const level of [1, 0]) {
    bench.choose({ spleen: level });
    await bench.arrive(`spleen-a-${level}`);
    bench.frame();
  }
  expect([...(bench.views.get("spleen")?.held.keys() ?? [])]).toEqual(["spleen-a-2", "spleen-a-0"]);
});

test("a hidden structure falls back to its coarsest level where memory is short", async () => {
  const bench = new Bench(60);
  bench.setScene([structure("spleen"), structure("aorta")]);
  for (const name of ["spleen", "aorta"]) await bench.arrive(`${name}-a-2`);
  bench.frame();
  bench.choose({ spleen: 0 });
  await bench.arrive("spleen-a-0");
  bench.frame();
  expect(bench.shown("spleen")).toBe("spleen-a-0");
  bench.views.get("spleen")?.setAppearance(HIDDEN);
  bench.choose({ aorta: 0 });
  await bench.arrive("aorta-a-0");
  bench.frame();
  expect(bench.shown("spleen")).toBe("spleen-a-2");
  expect(bench.shown("aorta")).toBe("aorta-a-0");
});
