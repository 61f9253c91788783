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

export function text(limits: { min?: number; max?: number; pattern?: RegExp } = {}): Check {
  return (value, path) => {
    if (typeof value !== "string") refuse(path, "a text");
    // Code points, as Python counts them, not UTF-16 units.
    const length = [...value].length;
    if (length < (limits.min ?? 0) || length > (limits.max ?? Number.POSITIVE_INFINITY)) {
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
    value.forEach((entry, index) => {
      item(entry, `${path}[${index}]`);
    });
  };
}

export function tuple(...items: readonly Check[]): Check {
  return (value, path) => {
    if (!Array.isArray(value) || value.length !== items.length) refuse(path, `a list of ${items.length}`);
    items.forEach((item, index) => {
      item(value[index], `${path}[${index}]`);
    });
  };
}

export function record(required: Record<string, Check>, optional: Record<string, Check> = {}): Check {
  return (value, path) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) refuse(path, "an object");
    const fields = value as Record<string, unknown>;
    for (const name of Object.keys(fields)) {
      if (!Object.hasOwn(required, name) && !Object.hasOwn(optional, name)) refuse(`${path}.${name}`, "absent");
    }
    for (const [name, check] of Object.entries(required)) {
      if (!Object.hasOwn(fields, name)) refuse(`${path}.${name}`, "present");
      check(fields[name], `${path}.${name}`);
    }
    for (const [name, check] of Object.entries(optional)) {
      if (Object.hasOwn(fields, name)) check(fields[name], `${path}.${name}`);
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
