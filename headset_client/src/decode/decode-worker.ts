// The worker: meshes and volume slabs are unpacked here, so that no frame waits for it.
import { decodeMesh } from "./decode-mesh";
import type { DecodeAnswer, DecodeRequest } from "./decode-messages";

// The page's own types know no worker scope.
const scope = self as unknown as {
  onmessage: ((event: MessageEvent<DecodeRequest>) => void) | null;
  postMessage(message: DecodeAnswer, transfer: Transferable[]): void;
};

async function answer(request: DecodeRequest): Promise<{ message: DecodeAnswer; transfer: Transferable[] }> {
  const { id } = request;
  if (request.kind === "inflate") {
    const stream = new Blob([request.bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const samples = new Uint8Array(await new Response(stream).arrayBuffer());
    return { message: { id, kind: "inflate", samples }, transfer: [samples.buffer] };
  }
  const pieces = await decodeMesh(request.bytes);
  const arrays = pieces.flatMap(({ positions, normals, indices }) => [positions.array, normals.array, indices]);
  return { message: { id, kind: "mesh", pieces }, transfer: [...new Set(arrays.map((array) => array.buffer))] };
}

scope.onmessage = ({ data }) => {
  answer(data).then(
    ({ message, transfer }) => scope.postMessage(message, transfer),
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      scope.postMessage({ id: data.id, kind: "failed", reason }, []);
    },
  );
};
