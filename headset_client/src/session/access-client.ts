// What is said over HTTP about coming in, inviting, and who may do what.
import {
  type Fault,
  type InviteLasts,
  type InviteMade,
  type Invites,
  type Join,
  type Me,
  parseInviteMade,
  parseInvites,
  parseMe,
  parseServerMessage,
  type Role,
} from "../protocol";
import { withNames } from "./names";

/** The server said no, and why; or there was no answer at all (`offline`). */
export class RefusedError extends Error {
  readonly code: string;
  readonly cure: string;

  constructor(code: string, message: string, cure: string) {
    super(message);
    this.name = "RefusedError";
    this.code = code;
    this.cure = cure;
  }
}

export class AccessClient {
  readonly #fetch: typeof fetch;

  constructor(get: typeof fetch = (...given) => fetch(...given)) {
    this.#fetch = get;
  }

  async join(by: Join["by"], secret: string): Promise<Me> {
    return parseMe(await this.#ask("POST", "/api/join", { by, secret }));
  }

  async me(): Promise<Me> {
    return parseMe(await this.#ask("GET", "/api/me"));
  }

  async giveName(name: string): Promise<void> {
    await this.#ask("PUT", "/api/me/name", { name });
  }

  async invite(caseId: string, role: Role, lasts: InviteLasts): Promise<InviteMade> {
    return parseInviteMade(await this.#ask("POST", "/api/invites", { case_id: caseId, role, lasts }));
  }

  async invites(caseId: string): Promise<Invites> {
    return parseInvites(await this.#ask("GET", `/api/invites?case=${encodeURIComponent(caseId)}`));
  }

  async revoke(inviteId: string): Promise<void> {
    await this.#ask("DELETE", `/api/invites/${encodeURIComponent(inviteId)}`);
  }

  async changeRole(caseId: string, clientId: string, role: Role): Promise<void> {
    await this.#ask("PUT", `${personPath(caseId, clientId)}/role`, { role });
  }

  async remove(caseId: string, clientId: string): Promise<void> {
    await this.#ask("DELETE", personPath(caseId, clientId));
  }

  async #ask(method: string, path: string, body?: object): Promise<unknown> {
    let response: Response;
    try {
      response = await this.#fetch(path, {
        method,
        cache: "no-store",
        ...(body && { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
      });
    } catch {
      throw new RefusedError("offline", "", "");
    }
    const said: unknown = response.status === 204 ? null : await response.json().catch(() => null);
    if (response.ok) return said;
    const { code, message, cure } = (faultIn(said) ?? said ?? {}) as Record<string, unknown>;
    throw new RefusedError(textOf(code) || `http_${response.status}`, textOf(message), textOf(cure));
  }
}

/** What the server said, in the reader's language; null where something else answered. */
function faultIn(answer: unknown): Fault | null {
  try {
    const message = parseServerMessage(answer);
    return message.type === "fault" ? withNames(message) : null;
  } catch {
    return null;
  }
}

function personPath(caseId: string, clientId: string): string {
  return `/api/cases/${encodeURIComponent(caseId)}/people/${encodeURIComponent(clientId)}`;
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** As an image, the drawing can neither run scripts nor load anything. */
export function pictureOf(svg: string): string {
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}
