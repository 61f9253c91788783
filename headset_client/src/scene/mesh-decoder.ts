// GLB bytes (EXT_meshopt_compression, KHR_mesh_quantization) to geometries; decompression runs in workers.
import { MeshoptDecoder } from "meshoptimizer/decoder";
import { type BufferGeometry, type Material, Matrix4, Mesh } from "three";
import { GLTFLoader } from "three/addons/loaders/GLTFLoader.js";

export interface DecodedPrimitive {
  readonly geometry: BufferGeometry;
  /** Patient group (glTF metres) from the geometry's own quantised coordinates. */
  readonly matrix: Matrix4;
}

const WORKERS = 2;
let loader: GLTFLoader | null = null;

function sharedLoader(): GLTFLoader {
  if (!loader) {
    // biome-ignore lint/correctness/useHookAtTopLevel: it only sounds like a hook of React
    MeshoptDecoder.useWorkers(WORKERS);
    loader = new GLTFLoader().setMeshoptDecoder(MeshoptDecoder);
  }
  return loader;
}

export async function decodeMeshes(glb: Uint8Array<ArrayBuffer>): Promise<readonly DecodedPrimitive[]> {
  const buffer = glb.byteLength === glb.buffer.byteLength ? glb.buffer : glb.slice().buffer;
  const gltf = await sharedLoader().parseAsync(buffer, "");
  gltf.scene.updateMatrixWorld(true);
  const primitives: DecodedPrimitive[] = [];
  gltf.scene.traverse((object) => {
    if (!(object instanceof Mesh)) return;
    const geometry = object.geometry as BufferGeometry;
    geometry.computeBoundingSphere();
    primitives.push({ geometry, matrix: new Matrix4().copy(object.matrixWorld) });
    for (const material of [object.material].flat() as Material[]) material.dispose();
  });
  return primitives;
}
