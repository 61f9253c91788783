import { beforeEach, describe, expect, test } from "vitest";
import { AssetQueue } from "../../src/session/asset-queue";

const HASH = "a".repeat(64);
const OTHER_HASH = "b".repeat(64);

function chunk(requestId: number, offset: number, total: number, payload: number[]): ArrayBuffer {
  const frame = new Uint8Array(16 + payload.length);
  const header = new DataView(frame.buffer);
  [requestId, offset, total, 0].forEach((value, index) => {
    header.setUint32(index * 4, value, true);
  });
  frame.set(payload, 16);
  return frame.buffer;
}

describe("asset queue", () => {
  let queue: AssetQueue;
  beforeEach(() => {
    queue = new AssetQueue();
  });

  test("asks from the beginning and puts chunks together", () => {
    expect(queue.want(HASH, 3)).toEqual({ type: "asset.request", request_id: 1, asset: HASH, offset: 0, priority: 3 });
    expect(queue.receive(chunk(1, 0, 5, [1, 2, 3]))).toBeNull();
    expect(queue.receive(chunk(1, 3, 5, [4, 5]))).toEqual({ asset: HASH, bytes: new Uint8Array([1, 2, 3, 4, 5]) });
    expect(queue.outstanding).toBe(0);
  });

  test("asks again under the same number to change the priority", () => {
    queue.want(HASH, 3);
    expect(queue.want(HASH, 0)).toMatchObject({ request_id: 1, priority: 0 });
  });

  test("resumes a lost connection where it stopped, most urgent first", () => {
    queue.want(HASH, 5);
    queue.want(OTHER_HASH, 1);
    queue.receive(chunk(1, 0, 4, [9, 9]));
    expect(queue.resume()).toEqual([
      { type: "asset.request", request_id: 3, asset: OTHER_HASH, offset: 0, priority: 1 },
      { type: "asset.request", request_id: 4, asset: HASH, offset: 2, priority: 5 },
    ]);
    expect(queue.receive(chunk(4, 2, 4, [8, 8]))?.bytes).toEqual(new Uint8Array([9, 9, 8, 8]));
  });

  test("grants credit in steps of the smallest chunk, and the rest when nothing more is wanted", () => {
    queue.want(HASH, 0);
    queue.receive(chunk(1, 0, 70_000, new Array(10_000).fill(0)));
    expect(queue.takeCredit()).toBeNull();
    queue.receive(chunk(1, 10_000, 70_000, new Array(30_000).fill(0)));
    expect(queue.takeCredit()).toEqual({ type: "asset.credit", bytes: 40_000 });
    expect(queue.takeCredit()).toBeNull();
  });

  test("gives credit back for chunks of an asset it gave up", () => {
    queue.want(HASH, 0);
    expect(queue.cancel(HASH)).toEqual({ type: "asset.cancel", request_id: 1 });
    expect(queue.receive(chunk(1, 0, 4, [1, 2]))).toBeNull();
    expect(queue.takeCredit()).toEqual({ type: "asset.credit", bytes: 2 });
  });

  test("refuses chunks out of order and absurd sizes", () => {
    queue.want(HASH, 0);
    expect(() => queue.receive(chunk(1, 2, 4, [1]))).toThrow("out of order");
    expect(() => queue.receive(chunk(1, 0, 0xffffffff, [1]))).toThrow("larger than");
    expect(() => queue.receive(new ArrayBuffer(3))).toThrow("without a header");
  });

  test("knows which asset a refusal is about", () => {
    queue.want(HASH, 0);
    expect(queue.refused(1)).toBe(HASH);
    expect(queue.refused(1)).toBeNull();
  });
});
