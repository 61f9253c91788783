// GLB bytes of our server to plain arrays: EXT_meshopt_compression and KHR_mesh_quantization, nodes without rotation.
// No three.js in here: it runs in a worker, and is tested without a browser.
import { MeshoptDecoder } from "meshoptimizer/decoder";

export class GlbError extends Error {
  override readonly name = "GlbError";
}

export type VertexArray =
  | Float32Array<ArrayBuffer>
  | Int8Array<ArrayBuffer>
  | Int16Array<ArrayBuffer>
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>;
export type IndexArray = Uint16Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

/** One value a vertex of `size` components; rows are padded to 4 bytes, which graphics cards want. */
export interface VertexValues {
  readonly array: VertexArray;
  readonly size: number;
  readonly normalized: boolean;
}

export interface MeshData {
  readonly positions: VertexValues;
  /** Null where the file has none. */
  readonly normals: VertexValues | null;
  readonly indices: IndexArray;
  /** Metres from the positions' own steps: scale, then translation. */
  readonly scale: readonly [number, number, number];
  readonly translation: readonly [number, number, number];
}

interface Meshopt {
  readonly buffer: number;
  readonly byteOffset?: number;
  readonly byteLength: number;
  readonly byteStride: number;
  readonly count: number;
  readonly mode: string;
  readonly filter?: string;
}
interface Accessor {
  readonly bufferView: number;
  readonly byteOffset?: number;
  readonly componentType: number;
  readonly normalized?: boolean;
  readonly count: number;
  readonly type: string;
}
interface BufferView {
  readonly byteOffset?: number;
  readonly byteLength: number;
  readonly byteStride?: number;
  readonly extensions?: { readonly EXT_meshopt_compression?: Meshopt };
}
interface Document {
  readonly nodes: readonly {
    readonly mesh?: number;
    readonly translation?: readonly [number, number, number];
    readonly scale?: readonly [number, number, number];
    readonly rotation?: readonly number[];
    readonly matrix?: readonly number[];
    readonly children?: readonly number[];
  }[];
  readonly meshes: readonly {
    readonly primitives: readonly { readonly attributes: Record<string, number>; readonly indices?: number }[];
  }[];
  readonly accessors: readonly Accessor[];
  readonly bufferViews: readonly BufferView[];
}

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const WIDTHS: Readonly<Record<string, number>> = { SCALAR: 1, VEC2: 2, VEC3: 3, VEC4: 4 };
const ARRAYS = {
  5120: Int8Array,
  5121: Uint8Array,
  5122: Int16Array,
  5123: Uint16Array,
  5125: Uint32Array,
  5126: Float32Array,
} as const;

/** The meshes of a file. The decompressor must be ready (`MeshoptDecoder.ready`). */
export function readGlb(bytes: Uint8Array<ArrayBuffer>): readonly MeshData[] {
  const { document, binary } = unpack(bytes);
  const views = new Map<number, { bytes: Uint8Array<ArrayBuffer>; stride: number }>();
  const viewOf = (index: number) => {
    let found = views.get(index);
    if (!found) {
      found = readView(document.bufferViews[index], binary);
      views.set(index, found);
    }
    return found;
  };
  const read = (index: number) => readAccessor(document.accessors[index], viewOf);
  return document.nodes.flatMap((node) => {
    if (node.mesh === undefined) return [];
    if (node.rotation || node.matrix || node.children) throw new GlbError("a node that is turned or has children");
    const { translation = [0, 0, 0], scale = [1, 1, 1] } = node;
    return (document.meshes[node.mesh]?.primitives ?? []).map(({ attributes, indices }) => {
      if (attributes.POSITION === undefined || indices === undefined) throw new GlbError("a mesh without triangles");
      return {
        positions: read(attributes.POSITION) as VertexValues,
        normals: attributes.NORMAL === undefined ? null : (read(attributes.NORMAL) as VertexValues),
        indices: read(indices).array as IndexArray,
        translation,
        scale,
      };
    });
  });
}

function unpack(bytes: Uint8Array<ArrayBuffer>): { document: Document; binary: Uint8Array<ArrayBuffer> } {
  const header = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 20 || header.getUint32(0, true) !== MAGIC || header.getUint32(16, true) !== JSON_CHUNK) {
    throw new GlbError("no GLB");
  }
  const end = 20 + header.getUint32(12, true);
  const document = JSON.parse(new TextDecoder().decode(bytes.subarray(20, end))) as Document;
  const binary =
    end + 8 <= bytes.byteLength ? bytes.subarray(end + 8, end + 8 + header.getUint32(end, true)) : new Uint8Array();
  return { document, binary };
}

function readView(
  view: BufferView | undefined,
  binary: Uint8Array<ArrayBuffer>,
): { bytes: Uint8Array<ArrayBuffer>; stride: number } {
  if (!view) throw new GlbError("a missing buffer view");
  const packed = view.extensions?.EXT_meshopt_compression;
  if (!packed) {
    const from = view.byteOffset ?? 0;
    return { bytes: binary.slice(from, from + view.byteLength), stride: view.byteStride ?? 0 };
  }
  const from = packed.byteOffset ?? 0;
  const source = binary.subarray(from, from + packed.byteLength);
  const bytes = new Uint8Array(packed.count * packed.byteStride);
  MeshoptDecoder.decodeGltfBuffer(bytes, packed.count, packed.byteStride, source, packed.mode, packed.filter ?? "NONE");
  return { bytes, stride: packed.byteStride };
}

function readAccessor(
  accessor: Accessor | undefined,
  viewOf: (index: number) => { bytes: Uint8Array<ArrayBuffer>; stride: number },
): { array: VertexArray | IndexArray; size: number; normalized: boolean } {
  if (!accessor) throw new GlbError("a missing accessor");
  const { bytes, stride } = viewOf(accessor.bufferView);
  const Type = ARRAYS[accessor.componentType as keyof typeof ARRAYS];
  const width = WIDTHS[accessor.type];
  if (!Type || !width) throw new GlbError("an unknown kind of number");
  const step = (stride || width * Type.BYTES_PER_ELEMENT) / Type.BYTES_PER_ELEMENT;
  const from = accessor.byteOffset ?? 0;
  const normalized = accessor.normalized ?? false;
  const rows = accessor.count;
  if (from + ((rows - 1) * step + width) * Type.BYTES_PER_ELEMENT > bytes.byteLength) throw new GlbError("cut short");
  const source = new Type(
    bytes.buffer,
    bytes.byteOffset + from,
    Math.min((bytes.byteLength - from) / Type.BYTES_PER_ELEMENT, rows * step),
  );
  const padded = Math.ceil((width * Type.BYTES_PER_ELEMENT) / 4) * (4 / Type.BYTES_PER_ELEMENT);
  if (accessor.type === "SCALAR") return { array: source, size: 1, normalized };
  if (source.length === rows * step && step === padded && bytes.byteLength === source.byteLength) {
    return { array: source as VertexArray, size: step, normalized };
  }
  const array = new Type(rows * padded);
  for (let row = 0; row < rows; row++) {
    for (let n = 0; n < width; n++) array[row * padded + n] = source[row * step + n] as number;
  }
  return { array: array as VertexArray, size: padded, normalized };
}
