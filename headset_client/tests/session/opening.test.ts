import { expect, test } from "vitest";
import { PROTOCOL_VERSION } from "../../src/protocol";
import { OpeningError, readOpening } from "../../src/session/opening";

const PLAN = { type: "plan", revision: 3, resections: [], body: null };
const SCENE = {
  type: "scene",
  manifest: {
    case_id: "case",
    title: "Synthetic",
    bounds_lps_mm: [
      [0, 0, 0],
      [1, 1, 1],
    ],
    focus_lps_mm: [0, 0, 0],
    structures: [],
    volumes: [],
    segments: [],
    branches: [],
    warnings: [],
  },
};

function packed(head: object, assets: readonly number[][] = []): ArrayBuffer {
  const text = new TextEncoder().encode(JSON.stringify(head));
  const body = new Uint8Array(4 + text.length + assets.flat().length);
  new DataView(body.buffer).setUint32(0, text.length, true);
  body.set(text, 4);
  body.set(assets.flat(), 4 + text.length);
  return body.buffer;
}

const head = (changes: object = {}) => ({
  protocol_version: PROTOCOL_VERSION,
  scene: SCENE,
  plan: PLAN,
  assets: [
    ["a", 2],
    ["b", 3],
  ],
  ...changes,
});

test("scene, plan and the bytes of each asset are what the server put in", () => {
  const opening = readOpening(
    packed(head(), [
      [1, 2],
      [3, 4, 5],
    ]),
  );
  expect(opening.messages.map(({ type }) => type)).toEqual(["scene", "plan"]);
  expect([...(opening.assets.get("a") ?? [])]).toEqual([1, 2]);
  expect([...(opening.assets.get("b") ?? [])]).toEqual([3, 4, 5]);
});

test("an answer that ends too early, or is of another version, is refused", () => {
  expect(() => readOpening(new ArrayBuffer(3))).toThrow(OpeningError);
  expect(() => readOpening(packed(head()).slice(0, 40))).toThrow(OpeningError);
  expect(() => readOpening(packed(head(), [[1, 2, 3, 4]]))).toThrow(OpeningError);
  expect(() => readOpening(packed(head({ protocol_version: 0, assets: [] })))).toThrow(OpeningError);
});

test("a scene that the protocol does not allow is refused", () => {
  expect(() => readOpening(packed(head({ scene: { type: "scene", manifest: {} }, assets: [] })))).toThrow();
});
