// Browsers write a recording as it comes, without saying how long it is: players then show no length and jump nowhere.
// Matroska: RFC 9559; sizes and numbers of elements: RFC 8794.

const SEGMENT = [0x18, 0x53, 0x80, 0x67];
const INFO = [0x15, 0x49, 0xa9, 0x66];
const DURATION = [0x44, 0x89];
const SCALE = [0x2a, 0xd7, 0xb1];
const DURATION_BYTES = 11;
const NANOSECONDS_PER_MS = 1e6;

/** The recording with its length written into it; as it was where it says its length already or is not understood. */
export function withDuration(file: Uint8Array<ArrayBuffer>, lengthMs: number): Uint8Array<ArrayBuffer> {
  const segment = find(file, SEGMENT, 0, Math.min(file.length, 256));
  const info = segment < 0 ? -1 : find(file, INFO, segment, Math.min(file.length, segment + 1024));
  if (info < 0) return file;
  const size = sizeAt(file, info + INFO.length);
  if (!size) return file;
  const start = info + INFO.length + size.length;
  const end = start + size.value;
  if (end > file.length || find(file, DURATION, start, end) >= 0) return file;
  const scale = find(file, SCALE, start, end);
  const ticksPerMs = NANOSECONDS_PER_MS / (scale < 0 ? NANOSECONDS_PER_MS : numberAt(file, scale + SCALE.length));
  const longer = new Uint8Array(file.length + DURATION_BYTES);
  longer.set(file.subarray(0, end));
  longer.set([...DURATION, 0x88], end);
  new DataView(longer.buffer).setFloat64(end + 3, lengthMs * ticksPerMs);
  longer.set(file.subarray(end), end + DURATION_BYTES);
  return writeSize(longer, info + INFO.length, size.length, size.value + DURATION_BYTES) ? longer : file;
}

function find(file: Uint8Array, mark: readonly number[], from: number, to: number): number {
  for (let at = from; at + mark.length <= to; at++) if (mark.every((byte, n) => file[at + n] === byte)) return at;
  return -1;
}

/** The zeros before the first one say in how many bytes a size is written. */
function sizeAt(file: Uint8Array, at: number): { readonly value: number; readonly length: number } | null {
  const first = file[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (first === 0) return null;
  let value = first & (0xff >> length);
  for (let n = 1; n < length; n++) value = value * 256 + (file[at + n] ?? 0);
  return { value, length };
}

function writeSize(file: Uint8Array, at: number, length: number, value: number): boolean {
  if (value >= 2 ** (7 * length) - 1) return false;
  let left = value;
  for (let n = length - 1; n > 0; n--) {
    file[at + n] = left % 256;
    left = Math.floor(left / 256);
  }
  file[at] = left | (0x80 >> (length - 1));
  return true;
}

function numberAt(file: Uint8Array, at: number): number {
  const size = sizeAt(file, at);
  let value = 0;
  for (let n = 0; n < (size?.value ?? 0); n++) value = value * 256 + (file[at + (size?.length ?? 0) + n] ?? 0);
  return value || NANOSECONDS_PER_MS;
}
