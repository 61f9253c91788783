// The letters that a font file has: the character map of a WOFF2 file (W3C, WOFF File Format 2.0; OpenType, "cmap").
import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";

const HEADER_BYTES = 48;
const OWN_TAG = 63;
/** Tables of the known list by their number, as far as they are told apart here. */
const CMAP = 0;
const [GLYF, LOCA] = [10, 11];
const HAS_SEGMENTS = 4;
const HAS_GROUPS = 12;

/** Every code point that the font draws. */
export function lettersOf(path: string): ReadonlySet<number> {
  const file = readFileSync(path);
  const tables = file.readUInt16BE(12);
  let at = HEADER_BYTES;
  const number = (): number => {
    for (let value = 0; ; ) {
      const byte = file.readUInt8(at++);
      value = value * 128 + (byte & 127);
      if (byte < 128) return value;
    }
  };
  let start = 0;
  let cmap = -1;
  for (let n = 0; n < tables; n++) {
    const flags = file.readUInt8(at++);
    const tag = flags & 63;
    if (tag === OWN_TAG) at += 4;
    let length = number();
    // Of these two, 3 says that they are as they were; of others anything but 0 that they are not.
    const isOutline = tag === GLYF || tag === LOCA;
    if (isOutline ? flags >> 6 !== 3 : flags >> 6 !== 0) length = number();
    if (tag === CMAP) cmap = start;
    start += length;
  }
  return lettersIn(brotliDecompressSync(file.subarray(at)).subarray(cmap));
}

function lettersIn(cmap: Buffer): ReadonlySet<number> {
  const letters = new Set<number>();
  for (let n = 0; n < cmap.readUInt16BE(2); n++) {
    const table = cmap.subarray(cmap.readUInt32BE(4 + 8 * n + 4));
    const format = table.readUInt16BE(0);
    if (format === HAS_SEGMENTS) {
      const twice = table.readUInt16BE(6);
      for (let at = 0; at < twice; at += 2) {
        const [first, last] = [table.readUInt16BE(16 + twice + at), table.readUInt16BE(14 + at)];
        for (let code = first; code <= last && code !== 0xffff; code++) letters.add(code);
      }
    } else if (format === HAS_GROUPS) {
      for (let group = 0; group < table.readUInt32BE(12); group++) {
        const [first, last] = [table.readUInt32BE(16 + 12 * group), table.readUInt32BE(20 + 12 * group)];
        for (let code = first; code <= last; code++) letters.add(code);
      }
    }
  }
  return letters;
}
