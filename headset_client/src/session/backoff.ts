// How long to wait before another attempt to connect.

const FIRST_MS = 400;
const LONGEST_MS = 8000;

/** Doubles from 0.4 s to 8 s; `jitter` (0 to 1) spreads a room of clients that lost the server together. */
export function backoffMs(attempt: number, jitter: number): number {
  const base = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.max(0, attempt - 1));
  return Math.round(base * (0.75 + 0.5 * jitter));
}
