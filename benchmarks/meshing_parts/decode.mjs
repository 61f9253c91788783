// Times of decoding what bytes.py wrote, interleaved, in milliseconds: `node decode.mjs ROUNDS FILE...`, one JSON line.
// `.glb` by the client's meshopt decoder, `.drc` by the Draco decoder that three.js ships.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";

const fromClient = createRequire(new URL("../../headset_client/package.json", import.meta.url));
const { MeshoptDecoder } = await import(fromClient.resolve("meshoptimizer/decoder"));
await MeshoptDecoder.ready;
const draco = await dracoDecoder(fromClient.resolve("three/examples/jsm/libs/draco/draco_decoder.js"));

// An old-style script inside a package of modules, so `require` would take it for a module.
function dracoDecoder(path) {
  const module = { exports: {} };
  const script = new Function("module", "exports", "require", "__dirname", "__filename", readFileSync(path, "utf8"));
  script(module, module.exports, fromClient, dirname(path), path);
  return module.exports();
}

function decodeGlb(glb) {
  const view = new DataView(glb.buffer, glb.byteOffset, glb.byteLength);
  const jsonLength = view.getUint32(12, true);
  const document = JSON.parse(new TextDecoder().decode(glb.subarray(20, 20 + jsonLength)));
  for (const { extensions } of document.bufferViews) {
    const packed = extensions?.EXT_meshopt_compression ?? extensions?.KHR_meshopt_compression;
    if (!packed) continue;
    const { byteOffset = 0, byteLength, count, byteStride, mode, filter } = packed;
    const source = glb.subarray(28 + jsonLength + byteOffset, 28 + jsonLength + byteOffset + byteLength);
    MeshoptDecoder.decodeGltfBuffer(new Uint8Array(count * byteStride), count, byteStride, source, mode, filter);
  }
}

function decodeDraco(bytes) {
  const decoder = new draco.Decoder();
  const mesh = new draco.Mesh();
  const status = decoder.DecodeArrayToMesh(new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length), bytes.length, mesh);
  if (!status.ok()) throw new Error(status.error_msg());
  for (const kind of [draco.POSITION, draco.NORMAL]) {
    const attribute = decoder.GetAttribute(mesh, decoder.GetAttributeId(mesh, kind));
    const length = mesh.num_points() * 3 * 4;
    const pointer = draco._malloc(length);
    decoder.GetAttributeDataArrayForAllPoints(mesh, attribute, draco.DT_FLOAT32, length, pointer);
    new Float32Array(draco.HEAPF32.buffer, pointer, length / 4).slice();
    draco._free(pointer);
  }
  const length = mesh.num_faces() * 3 * 4;
  const pointer = draco._malloc(length);
  decoder.GetTrianglesUInt32Array(mesh, length, pointer);
  new Uint32Array(draco.HEAPF32.buffer, pointer, length / 4).slice();
  draco._free(pointer);
  draco.destroy(mesh);
  draco.destroy(decoder);
}

const [rounds, ...files] = process.argv.slice(2);
const inputs = files.map((file) => ({ file, bytes: new Uint8Array(readFileSync(file)), times: [] }));
for (let round = -2; round < Number(rounds); round++) {
  for (let turn = 0; turn < inputs.length; turn++) {
    // Another one begins every round: whoever follows Draco finds cold caches.
    const { file, bytes, times } = inputs[(turn + round + 2) % inputs.length];
    const begun = performance.now();
    (file.endsWith(".drc") ? decodeDraco : decodeGlb)(bytes);
    if (round >= 0) times.push(performance.now() - begun); // two rounds to warm up
  }
}
const median = (times) => times.toSorted((a, b) => a - b)[times.length >> 1];
console.log(JSON.stringify(Object.fromEntries(inputs.map(({ file, times }) => [file, median(times)]))));
