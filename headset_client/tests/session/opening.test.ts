import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { PROTOCOL_VERSION } from "../../src/protocol";
import { OpeningError, readOpening } from "../../src/session/opening";

/** Messages that both sides of the protocol read. */
function fixture(name: string): unknown {
  const file = new URL(`../../../tests/contract/valid/${name}.json`, import.meta.url);
  return (JSON.parse(readFileSync(file, "utf8")) as { message: unknown }).message;
}

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
  scene: fixture("server-scene-empty"),
  plan: fixture("server-plan-body"),
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
