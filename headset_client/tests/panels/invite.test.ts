import { expect, test } from "vitest";
import { loadInvite, pictureOf } from "../../src/panels/invite";
import { ProtocolError } from "../../src/protocol-checks";

const INVITE = { url: "https://10.0.0.7/cases/a?key=k", qr_svg: null, reach: "network", note: "n" };

function answering(body: unknown, status = 200): { get: typeof fetch; asked: string[] } {
  const asked: string[] = [];
  const get = async (url: RequestInfo | URL) => {
    asked.push(String(url));
    return new Response(JSON.stringify(body), { status });
  };
  return { get, asked };
}

test("the invitation to a case is asked of the server", async () => {
  const server = answering(INVITE);
  expect(await loadInvite("liver-1", server.get)).toEqual(INVITE);
  expect(server.asked).toEqual(["/api/invite?case=liver-1"]);
});

test("a refusal and an answer that is no invitation are errors", async () => {
  await expect(loadInvite("a", answering(INVITE, 403).get)).rejects.toThrow("HTTP 403");
  await expect(loadInvite("a", answering({ ...INVITE, reach: "moon" }).get)).rejects.toThrow(ProtocolError);
});

test("a drawing becomes the address of a picture with nothing left to interpret", () => {
  const svg = "<svg fill=\"#fff\" d='50%'/>";
  const [kind, data = ""] = pictureOf(svg).split(",");
  expect(kind).toBe("data:image/svg+xml;charset=utf-8");
  expect(data).not.toMatch(/[#<>" ]/);
  expect(decodeURIComponent(data)).toBe(svg);
});
