import { MeshoptDecoder } from "meshoptimizer/decoder";
import { MeshoptEncoder } from "meshoptimizer/encoder";
import { beforeAll, describe, expect, test } from "vitest";
import { readGlb } from "../../src/decode/glb";
import { MOST_VERTICES, meshPieces, vertexNormals } from "../../src/decode/mesh-pieces";

beforeAll(async () => {
  await Promise.all([MeshoptDecoder.ready, MeshoptEncoder.ready]);
});

function glb(document: object, binary: Uint8Array): Uint8Array<ArrayBuffer> {
  let text = JSON.stringify(document);
  while (text.length % 4) text += " ";
  const bytes = new Uint8Array(28 + text.length + binary.byteLength);
  const view = new DataView(bytes.buffer);
  [0x46546c67, 2, bytes.byteLength, text.length, 0x4e4f534a].forEach((value, n) => {
    view.setUint32(n * 4, value, true);
  });
  bytes.set(new TextEncoder().encode(text), 20);
  view.setUint32(20 + text.length, binary.byteLength, true);
  view.setUint32(24 + text.length, 0x004e4942, true);
  bytes.set(binary, 28 + text.length);
  return bytes;
}

const node = { mesh: 0, translation: [1, 2, 3], scale: [0.5, 0.5, 0.5] };

/** Positions as 16-bit steps in rows of 8 bytes, meshopt-compressed like the server's. */
function compressed(positions: Uint16Array, triangles: Uint32Array): Uint8Array<ArrayBuffer> {
  const count = positions.length / 4;
  const parts = [
    MeshoptEncoder.encodeGltfBuffer(new Uint8Array(positions.buffer), count, 8, "ATTRIBUTES"),
    MeshoptEncoder.encodeGltfBuffer(new Uint8Array(triangles.buffer), triangles.length, 4, "TRIANGLES"),
  ] as const;
  const second = Math.ceil(parts[0].length / 4) * 4;
  const binary = new Uint8Array(second + Math.ceil(parts[1].length / 4) * 4);
  binary.set(parts[0]);
  binary.set(parts[1], second);
  const view = (byteOffset: number, byteLength: number, byteStride: number, rows: number, mode: string) => ({
    buffer: 1,
    byteLength: rows * byteStride,
    extensions: { EXT_meshopt_compression: { buffer: 0, byteOffset, byteLength, byteStride, count: rows, mode } },
  });
  return glb(
    {
      nodes: [node],
      meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
      accessors: [
        { bufferView: 0, componentType: 5123, count, type: "VEC3" },
        { bufferView: 1, componentType: 5125, count: triangles.length, type: "SCALAR" },
      ],
      bufferViews: [
        view(0, parts[0].length, 8, count, "ATTRIBUTES"),
        view(second, parts[1].length, 4, triangles.length, "TRIANGLES"),
      ],
    },
    binary,
  );
}

const TETRAHEDRON = new Uint16Array([0, 0, 0, 0, 10, 0, 0, 0, 0, 10, 0, 0, 0, 0, 10, 0]);
const FACES = new Uint32Array([0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3]);

/** A strip of `count` triangles that uses `count + 2` vertices. */
function strip(count: number): { positions: Uint16Array<ArrayBuffer>; indices: Uint32Array<ArrayBuffer> } {
  const positions = new Uint16Array((count + 2) * 4);
  for (let n = 0; n < count + 2; n++) positions.set([n % 1000, Math.floor(n / 1000), n % 7, 0], n * 4);
  const indices = new Uint32Array(count * 3);
  for (let n = 0; n < count; n++) indices.set([n, n + 1, n + 2], n * 3);
  return { positions, indices };
}

describe("a mesh of the server", () => {
  test("is decompressed to its own steps, place and scale", () => {
    const [mesh] = readGlb(compressed(TETRAHEDRON, FACES));
    expect(mesh?.positions).toEqual({ array: TETRAHEDRON, size: 4, normalized: false });
    expect(mesh?.translation).toEqual([1, 2, 3]);
    expect(mesh?.scale).toEqual([0.5, 0.5, 0.5]);
    // The codec may turn a triangle's corners around, never its sense.
    const turned = (at: ArrayLike<number>, n: number) => {
      const corners = [at[n], at[n + 1], at[n + 2]] as number[];
      const first = corners.indexOf(Math.min(...corners));
      return [corners[first], corners[(first + 1) % 3], corners[(first + 2) % 3]].join();
    };
    const all = (at: ArrayLike<number>) => [0, 3, 6, 9].map((n) => turned(at, n)).sort();
    expect(all(mesh?.indices ?? [])).toEqual(all(FACES));
  });

  test("without compression and padding gets rows that a graphics card takes", () => {
    const positions = new Int16Array([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const binary = new Uint8Array(32);
    binary.set(new Uint8Array(positions.buffer));
    binary.set(new Uint8Array(new Uint32Array([0, 1, 2]).buffer), 20);
    const [mesh] = readGlb(
      glb(
        {
          nodes: [node],
          meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 1 }] }],
          accessors: [
            { bufferView: 0, componentType: 5122, count: 3, type: "VEC3" },
            { bufferView: 1, componentType: 5125, count: 3, type: "SCALAR" },
          ],
          bufferViews: [
            { buffer: 0, byteLength: 18 },
            { buffer: 0, byteOffset: 20, byteLength: 12 },
          ],
        },
        binary,
      ),
    );
    expect(mesh?.positions.array).toEqual(new Int16Array([1, 2, 3, 0, 4, 5, 6, 0, 7, 8, 9, 0]));
    expect(mesh?.indices).toEqual(new Uint32Array([0, 1, 2]));
  });

  test("that is none, is cut short or turned is refused", () => {
    expect(() => readGlb(new Uint8Array(40))).toThrow("no GLB");
    const accessor = { bufferView: 0, componentType: 5126, count: 9, type: "VEC3" };
    const short = {
      nodes: [node],
      meshes: [{ primitives: [{ attributes: { POSITION: 0 }, indices: 0 }] }],
      accessors: [accessor],
      bufferViews: [{ buffer: 0, byteLength: 12 }],
    };
    expect(() => readGlb(glb(short, new Uint8Array(12)))).toThrow("cut short");
    expect(() => readGlb(glb({ ...short, nodes: [{ mesh: 0, rotation: [0, 0, 0, 1] }] }, new Uint8Array(12)))).toThrow(
      "turned",
    );
  });
});

describe("pieces", () => {
  const place = { scale: [1, 1, 1], translation: [0, 0, 0] } as const;

  test("a small mesh is one, with its sphere and normals that point outwards", () => {
    const positions = { array: TETRAHEDRON, size: 4, normalized: false };
    const [piece] = meshPieces({ positions, normals: null, indices: FACES, ...place });
    expect(piece?.indices).toEqual(Uint16Array.from(FACES));
    expect(piece?.sphere.slice(0, 3)).toEqual([5, 5, 5]);
    expect(piece?.sphere[3]).toBeCloseTo(Math.sqrt(75), 9);
    const normals = vertexNormals({ positions, indices: FACES, scale: [1, 1, 1] }).array;
    // Corner 0 sees three faces that lie in the planes of the axes.
    expect([...normals.slice(0, 3)]).toEqual([-73, -73, -73]);
  });

  test("a large mesh keeps every triangle in pieces with 16-bit indices", () => {
    const { positions, indices } = strip(150_000);
    const values = { array: positions, size: 4, normalized: false };
    const pieces = meshPieces({ positions: values, normals: null, indices, ...place });
    expect(pieces.length).toBe(3);
    let triangle = 0;
    for (const piece of pieces) {
      const { array } = piece.positions;
      expect(array.length / 4).toBeLessThanOrEqual(MOST_VERTICES);
      expect(piece.normals.array.length).toBe(array.length);
      for (let at = 0; at < piece.indices.length; at += 3, triangle++) {
        for (let corner = 0; corner < 3; corner++) {
          const [here, there] = [(piece.indices[at + corner] as number) * 4, (triangle + corner) * 4];
          if (array[here] !== positions[there] || array[here + 1] !== positions[there + 1]) {
            throw new Error(`triangle ${triangle} changed`);
          }
        }
      }
    }
    expect(triangle).toBe(150_000);
  });
});
