// Names for what this client makes.

/** An identifier that no other client makes; `crypto.randomUUID` needs a secure origin, this does not. */
export function newId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(8));
  return `${prefix}-${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}
