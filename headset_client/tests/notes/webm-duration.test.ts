// A recording says how long it is.
import { expect, test } from "vitest";
import { withDuration } from "../../src/notes/webm-duration";

/** Head of a file, a segment of unknown length, what is told about it, and a first cluster. */
function recording(sizeOfInfo: readonly number[], info: readonly number[]): Uint8Array<ArrayBuffer> {
  const head = [0x1a, 0x45, 0xdf, 0xa3, 0x81, 0x00];
  const segment = [0x18, 0x53, 0x80, 0x67, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
  return new Uint8Array([...head, ...segment, 0x15, 0x49, 0xa9, 0x66, ...sizeOfInfo, ...info, ...CLUSTER]);
}

const CLUSTER = [0x1f, 0x43, 0xb6, 0x75, 1, 2, 3, 4];
/** A millisecond, in nanoseconds. */
const MS = [0x2a, 0xd7, 0xb1, 0x83, 0x0f, 0x42, 0x40];
const HALF_MS = [0x2a, 0xd7, 0xb1, 0x83, 0x07, 0xa1, 0x20];

test.each([
  ["one byte", [0x87], 0x80 | 18],
  ["eight bytes", [0x01, 0, 0, 0, 0, 0, 0, 7], 18],
])("the length is written where its size takes %s", (_, size, written) => {
  const before = recording(size, MS);
  const after = withDuration(before, 2500);
  const end = before.length - CLUSTER.length;
  expect([...after.subarray(end, end + 3)]).toEqual([0x44, 0x89, 0x88]);
  expect(new DataView(after.buffer).getFloat64(end + 3)).toBe(2500);
  expect(after[end - MS.length - 1]).toBe(written);
  expect([...after.subarray(end + 11)]).toEqual(CLUSTER);
});

test("it counts in the file's own ticks", () => {
  const before = recording([0x87], HALF_MS);
  expect(new DataView(withDuration(before, 2500).buffer).getFloat64(before.length - CLUSTER.length + 3)).toBe(5000);
});

test("what says its length, or is no such file, stays as it is", () => {
  const told = recording([0x80 | 11], [0x44, 0x89, 0x88, 0, 0, 0, 0, 0, 0, 0, 1]);
  for (const file of [told, new Uint8Array([1, 2, 3]), new Uint8Array()]) expect(withDuration(file, 1000)).toBe(file);
});
