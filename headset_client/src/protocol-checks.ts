// The small checks that the generated protocol.ts is put together from.

/** A message that the protocol does not allow; `path` says where. */
export class ProtocolError extends Error {
  readonly path: string;
  readonly expected: string;

  constructor(path: string, expected: string) {
    super(`${path} must be ${expected}`);
    this.name = "ProtocolError";
    this.path = path;
    this.expected = expected;
  }
}

/** Throws ProtocolError unless the value is what it should be. */
export type Check = (value: unknown, path: string) => void;

function refuse(path: string, expected: string): never {
  throw new ProtocolError(path, expected);
}

/** Where it is is put together only for what is refused: messages come many times a second. */
function checkAt(check: Check, value: unknown, path: string, key: string | number): void {
  try {
    check(value, "");
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    const step = typeof key === "number" ? `[${key}]` : `.${key}`;
    throw new ProtocolError(`${path}${step}${error.path}`, error.expected);
  }
}

/** In code points, as Python counts them, which are at most as many as UTF-16 units and at least half as many. */
function isOfLength(value: string, least: number, most: number): boolean {
  if (value.length > 2 * most || value.length < least) return false;
  if (value.length <= most && value.length >= 2 * least) return true;
  const length = [...value].length;
  return length >= least && length <= most;
}

export function text(limits: { min?: number; max?: number; pattern?: RegExp } = {}): Check {
  return (value, path) => {
    if (typeof value !== "string") refuse(path, "a text");
    if (!isOfLength(value, limits.min ?? 0, limits.max ?? Number.POSITIVE_INFINITY)) {
      refuse(path, "of fitting length");
    }
    if (limits.pattern && !limits.pattern.test(value)) refuse(path, `like ${limits.pattern}`);
  };
}

export function number(
  limits: { integer?: boolean; min?: number; max?: number; above?: number; below?: number } = {},
): Check {
  return (value, path) => {
    if (typeof value !== "number" || !Number.isFinite(value)) refuse(path, "a finite number");
    if (limits.integer && !Number.isInteger(value)) refuse(path, "a whole number");
    if (value < (limits.min ?? Number.NEGATIVE_INFINITY)) refuse(path, `at least ${limits.min}`);
    if (value > (limits.max ?? Number.POSITIVE_INFINITY)) refuse(path, `at most ${limits.max}`);
    if (value <= (limits.above ?? Number.NEGATIVE_INFINITY)) refuse(path, `above ${limits.above}`);
    if (value >= (limits.below ?? Number.POSITIVE_INFINITY)) refuse(path, `below ${limits.below}`);
  };
}

export const truth: Check = (value, path) => {
  if (typeof value !== "boolean") refuse(path, "true or false");
};

export function oneOf(...allowed: readonly unknown[]): Check {
  return (value, path) => {
    if (!allowed.includes(value)) refuse(path, `one of ${allowed.join(", ")}`);
  };
}

export function nullable(check: Check): Check {
  return (value, path) => {
    if (value !== null) check(value, path);
  };
}

export function list(item: Check, limits: { min?: number; max?: number } = {}): Check {
  return (value, path) => {
    if (!Array.isArray(value)) refuse(path, "a list");
    if (value.length < (limits.min ?? 0) || value.length > (limits.max ?? Number.POSITIVE_INFINITY)) {
      refuse(path, "of fitting length");
    }
    for (let index = 0; index < value.length; index++) checkAt(item, value[index], path, index);
  };
}

export function tuple(...items: readonly Check[]): Check {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== items.length) refuse(path, `a list of ${items.length}`);
    for (let index = 0; index < items.length; index++) checkAt(items[index] as Check, value[index], path, index);
  };
}

export function record(required: Record<string, Check>, optional: Record<string, Check> = {}): Check {
  const all = { ...required, ...optional };
  const [names, checks] = [Object.keys(all), Object.values(all)];
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(path, "an object");
    const fields = value as Record<string, unknown>;
    for (const name in fields) {
      if (!Object.hasOwn(all, name)) refuse(`${path}.${name}`, "absent");
    }
    for (let n = 0; n < names.length; n++) {
      const name = names[n] as string;
      if (Object.hasOwn(fields, name)) checkAt(checks[n] as Check, fields[name], path, name);
      else if (Object.hasOwn(required, name)) refuse(`${path}.${name}`, "present");
    }
  };
}

/** One of several records, told apart by the text in the field `tag`. */
export function tagged(checks: Record<string, Check>, tag = "type"): Check {
  return (value, path) => {
    const found = typeof value === "object" && value !== null ? (value as Record<string, unknown>)[tag] : undefined;
    if (typeof found !== "string" || !Object.hasOwn(checks, found)) refuse(`${path}.${tag}`, "a known kind");
    (checks[found] as Check)(value, path);
  };
}
