// What the worker decoded as geometry for the graphics card.
import { BufferAttribute, BufferGeometry, Matrix4, Quaternion, Sphere, Vector3 } from "three";
import type { VertexValues } from "../decode/glb";
import type { MeshPiece } from "../decode/mesh-pieces";

export interface MeshPrimitive {
  readonly geometry: BufferGeometry;
  /** Patient group (glTF metres) from the geometry's own quantised coordinates. */
  readonly matrix: Matrix4;
  /** On the graphics card. */
  readonly bytes: number;
}

export function primitiveOf(piece: MeshPiece): MeshPrimitive {
  const geometry = new BufferGeometry();
  geometry.setAttribute("position", attribute(piece.positions));
  geometry.setAttribute("normal", attribute(piece.normals));
  geometry.setIndex(new BufferAttribute(piece.indices, 1));
  const [x, y, z, radius] = piece.sphere;
  geometry.boundingSphere = new Sphere(new Vector3(x, y, z), radius);
  const matrix = new Matrix4().compose(
    new Vector3(...piece.translation),
    new Quaternion(),
    new Vector3(...piece.scale),
  );
  const bytes = piece.positions.array.byteLength + piece.normals.array.byteLength + piece.indices.byteLength;
  return { geometry, matrix, bytes };
}

function attribute({ array, size, normalized }: VertexValues): BufferAttribute {
  return new BufferAttribute(array, size, normalized);
}
