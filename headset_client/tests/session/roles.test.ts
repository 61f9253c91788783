import { expect, test } from "vitest";
import { CODE_ALPHABET, CODE_LENGTH, LEAST_ROLE, type Role } from "../../src/protocol";
import { AccessClient, pictureOf, RefusedError } from "../../src/session/access-client";
import { codeFrom, secretIn, whereNext } from "../../src/session/join-code";
import { type MessageTag, mayRole, ROLES } from "../../src/session/roles";
import { from, JOINED, ME, stateAfter } from "./fixtures";

test("a role may send what the table says, and all that lower roles may", () => {
  for (const tag of Object.keys(LEAST_ROLE) as MessageTag[]) {
    const allowed = ROLES.map((role) => mayRole(role, tag));
    expect(allowed).toEqual([...allowed].sort());
    expect(allowed[2]).toBe(true);
    expect(mayRole(undefined, tag)).toBe(true);
  }
  expect(mayRole("viewer", "resection.commit")).toBe(false);
  expect(mayRole("viewer", "plans.compare")).toBe(true);
});

function people(role: Role) {
  const me = { client_id: ME, display_name: "", colour: "#fff", device: "desktop", role, holding: null } as const;
  return from({ type: "people", people: [me] });
}

test("a new role is taken over and told once", () => {
  const state = stateAfter(...JOINED, people("viewer"), people("viewer"));
  expect(state.me?.role).toBe("viewer");
  expect(state.toasts.map((toast) => toast.message)).toEqual(["Your role is now Viewer."]);
  expect(stateAfter(...JOINED, people("owner")).toasts).toEqual([]);
});

test("a code is read however it is typed", () => {
  expect(codeFrom("7k-q2 mx")).toBe("7KQ2MX");
  expect(codeFrom("u0o1il7")).toBe("V7");
  expect(codeFrom("234567ABC")).toHaveLength(CODE_LENGTH);
  expect(codeFrom(CODE_ALPHABET.toLowerCase())).toBe(CODE_ALPHABET.slice(0, CODE_LENGTH));
});

test("the secret of a link stands behind the # and nowhere else", () => {
  expect(secretIn("#link=a_B-9")).toEqual({ by: "link", secret: "a_B-9" });
  expect(secretIn("#key=k")).toEqual({ by: "key", secret: "k" });
  for (const other of ["", "#link=", "#link=a b", "#code=7KQ2MX", "#link=<x>"]) expect(secretIn(other)).toBeNull();
});

test("who is in goes on to a page of ours and to none from elsewhere", () => {
  expect(whereNext("", "liver-1")).toBe("/cases/liver-1");
  expect(whereNext("?next=/cases/liver-1", null)).toBe("/cases/liver-1");
  for (const next of [
    "//evil.example",
    "/\\evil.example",
    "https://evil.example",
    "javascript:alert(1)",
    "/cases/a/b",
  ]) {
    expect(whereNext(`?next=${encodeURIComponent(next)}`, null)).toBe("/");
  }
});

function answering(body: unknown, status = 200) {
  const asked: string[] = [];
  const client = new AccessClient(async (url, init) => {
    asked.push(`${init?.method} ${url} ${init?.body ?? ""}`);
    return new Response(status === 204 ? null : JSON.stringify(body), { status });
  });
  return { client, asked };
}

test("secrets go in the body of a request, never in its address", async () => {
  const { client, asked } = answering({ role: "viewer", case_id: "liver-1", name: "" });
  expect(await client.join("code", "7KQ2MX")).toEqual({ role: "viewer", case_id: "liver-1", name: "" });
  expect(asked).toEqual(['POST /api/join {"by":"code","secret":"7KQ2MX"}']);
});

test("a refusal says why, and no answer at all is one too", async () => {
  const refused = answering({ type: "fault", code: "revoked", message: "m", cure: "c", fatal: true }, 410);
  await expect(refused.client.me()).rejects.toMatchObject({ code: "revoked", message: "m", cure: "c" });
  const gone = new AccessClient(() => Promise.reject(new TypeError("no network")));
  await expect(gone.me()).rejects.toEqual(new RefusedError("offline", "", ""));
  await expect(answering("no fault", 502).client.revoke("i-1")).rejects.toMatchObject({ code: "http_502" });
});

test("a drawing becomes the address of a picture with nothing left to interpret", () => {
  const svg = "<svg fill=\"#fff\" d='50%'/>";
  const [kind, data = ""] = pictureOf(svg).split(",");
  expect(kind).toBe("data:image/svg+xml;charset=utf-8");
  expect(data).not.toMatch(/[#<>" ]/);
  expect(decodeURIComponent(data)).toBe(svg);
});
