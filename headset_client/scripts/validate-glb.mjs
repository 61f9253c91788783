// Khronos' glTF validator over GLB files: `node scripts/validate-glb.mjs FILE...` prints one JSON report a file.
// It cannot look into meshopt streams, so a compressed file is validated twice: as it is, and with its buffer views
// decompressed by the client's own decoder (names the loader would read, values the GPU would get).
import { readFileSync } from "node:fs";
import validator from "gltf-validator";
import { MeshoptDecoder } from "meshoptimizer/decoder";

const EXTENSION = "EXT_meshopt_compression";
const JSON_CHUNK = 0x4e4f534a;
const BINARY_CHUNK = 0x004e4942;

function chunksOf(glb) {
  const view = new DataView(glb.buffer, glb.byteOffset, glb.byteLength);
  const jsonLength = view.getUint32(12, true);
  const document = JSON.parse(new TextDecoder().decode(glb.subarray(20, 20 + jsonLength)));
  const binaryLength = view.getUint32(20 + jsonLength, true);
  const begin = 28 + jsonLength;
  return { document, binary: glb.subarray(begin, begin + binaryLength) };
}

function packed(document, binary) {
  const text = new TextEncoder().encode(JSON.stringify(document));
  const jsonLength = Math.ceil(text.length / 4) * 4;
  const binaryLength = Math.ceil(binary.length / 4) * 4;
  const glb = new Uint8Array(28 + jsonLength + binaryLength);
  const view = new DataView(glb.buffer);
  const words = [0x46546c67, 2, glb.length, jsonLength, JSON_CHUNK];
  for (const [index, word] of words.entries()) view.setUint32(index * 4, word, true);
  glb.fill(0x20, 20, 20 + jsonLength).set(text, 20);
  view.setUint32(20 + jsonLength, binaryLength, true);
  view.setUint32(24 + jsonLength, BINARY_CHUNK, true);
  glb.set(binary, 28 + jsonLength);
  return glb;
}

function decompressed(document, binary) {
  const fallback = document.buffers.find((buffer) => buffer.extensions?.[EXTENSION]?.fallback);
  const plain = new Uint8Array(fallback.byteLength);
  for (const view of document.bufferViews) {
    const { byteOffset = 0, byteLength, count, byteStride, mode, filter } = view.extensions[EXTENSION];
    const source = binary.subarray(byteOffset, byteOffset + byteLength);
    const begin = view.byteOffset ?? 0;
    const target = plain.subarray(begin, begin + view.byteLength);
    MeshoptDecoder.decodeGltfBuffer(target, count, byteStride, source, mode, filter);
    view.buffer = 0;
    delete view.extensions;
  }
  document.buffers = [{ byteLength: plain.length }];
  for (const list of ["extensionsUsed", "extensionsRequired"]) {
    document[list] = document[list].filter((name) => name !== EXTENSION);
  }
  return packed(document, plain);
}

await MeshoptDecoder.ready;
for (const path of process.argv.slice(2)) {
  const glb = new Uint8Array(readFileSync(path));
  const forms = [["as sent", glb]];
  const { document, binary } = chunksOf(glb);
  if (document.extensionsUsed?.includes(EXTENSION)) forms.push(["decompressed", decompressed(document, binary)]);
  for (const [form, bytes] of forms) {
    const { issues, info } = await validator.validateBytes(bytes);
    console.log(JSON.stringify({ file: path, form, triangles: info?.totalTriangleCount ?? 0, ...issues }));
  }
}
