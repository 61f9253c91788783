// A GLB of ours as pieces for the graphics card.
import { MeshoptDecoder } from "meshoptimizer/decoder";
import { readGlb } from "./glb";
import { type MeshPiece, meshPieces } from "./mesh-pieces";

export async function decodeMesh(bytes: Uint8Array<ArrayBuffer>): Promise<readonly MeshPiece[]> {
  await MeshoptDecoder.ready;
  return readGlb(bytes).flatMap(meshPieces);
}
