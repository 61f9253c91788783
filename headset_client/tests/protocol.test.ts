// The same fixtures that tests/streaming/test_protocol.py reads.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as protocol from "../src/protocol";
import { ProtocolError } from "../src/protocol-checks";

type Fixture = { readonly union: string; readonly reason: string; readonly message: unknown };
type Parser = (value: unknown) => unknown;

function fixtures(kind: "valid" | "invalid"): [string, Fixture][] {
  const folder = new URL(`../../tests/contract/${kind}/`, import.meta.url);
  return readdirSync(folder).map((name) => [name, JSON.parse(readFileSync(new URL(name, folder), "utf-8")) as Fixture]);
}

function parserOf(fixture: Fixture): Parser {
  const parser = Object.entries(protocol).find(([name]) => name === `parse${fixture.union}`)?.[1];
  if (typeof parser !== "function") throw new Error(`no parser for ${fixture.union}`);
  return parser as Parser;
}

test.each(fixtures("valid"))("%s is read", (_name, fixture) => {
  expect(parserOf(fixture)(fixture.message)).toEqual(fixture.message);
});

test.each(fixtures("invalid"))("%s is refused", (_name, fixture) => {
  expect(() => parserOf(fixture)(fixture.message)).toThrow(ProtocolError);
});
