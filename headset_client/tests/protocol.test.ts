// The same fixtures that tests/streaming/test_protocol.py reads.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  type AssetMessage,
  type AssetServerMessage,
  type CaseList,
  type ClientMessage,
  type InviteMade,
  type Invites,
  type Me,
  parseAssetMessage,
  parseAssetServerMessage,
  parseCaseList,
  parseClientMessage,
  parseInviteMade,
  parseInvites,
  parseMe,
  parseServerMessage,
  type ServerMessage,
} from "../src/protocol";
import { ProtocolError } from "../src/protocol-checks";

type Fixture = { readonly union: string; readonly reason: string; readonly message: unknown };
type AnyMessage =
  | ClientMessage
  | ServerMessage
  | AssetMessage
  | AssetServerMessage
  | CaseList
  | InviteMade
  | Invites
  | Me;

const parsers: Record<string, (value: unknown) => AnyMessage> = {
  ClientMessage: parseClientMessage,
  ServerMessage: parseServerMessage,
  AssetMessage: parseAssetMessage,
  AssetServerMessage: parseAssetServerMessage,
  CaseList: parseCaseList,
  InviteMade: parseInviteMade,
  Invites: parseInvites,
  Me: parseMe,
};

function fixtures(kind: "valid" | "invalid"): [string, Fixture][] {
  const folder = new URL(`../../tests/contract/${kind}/`, import.meta.url);
  return readdirSync(folder).map((name) => [name, JSON.parse(readFileSync(new URL(name, folder), "utf-8")) as Fixture]);
}

function parserOf(fixture: Fixture): (value: unknown) => AnyMessage {
  const parser = parsers[fixture.union];
  if (!parser) throw new Error(`no parser for ${fixture.union}`);
  return parser;
}

test.each(fixtures("valid"))("%s is read", (_name, fixture) => {
  expect(parserOf(fixture)(fixture.message)).toEqual(fixture.message);
});

test.each(fixtures("invalid"))("%s is refused", (_name, fixture) => {
  expect(() => parserOf(fixture)(fixture.message)).toThrow(ProtocolError);
});
