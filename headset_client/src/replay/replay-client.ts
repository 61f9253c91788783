// What is asked of the server about a session that is looked at again.
import {
  parseRecordedPresence,
  parseReplayedNumbers,
  parseReplayedPlans,
  parseReplayTimeline,
  type RecordedPresence,
  type ReplayedNumbers,
  type ReplayedPlans,
  type ReplayTimeline,
} from "../protocol";
import { RefusedError } from "../session/access-client";
import { withNames } from "../session/names";

export class ReplayClient {
  readonly #base: string;
  readonly #fetch: typeof fetch;

  constructor(caseId: string, get: typeof fetch = (...given) => fetch(...given)) {
    this.#base = `/api/cases/${encodeURIComponent(caseId)}`;
    this.#fetch = get;
  }

  async timeline(): Promise<ReplayTimeline> {
    return parseReplayTimeline(await this.#ask("/replay"));
  }

  async plans(revision: number): Promise<ReplayedPlans> {
    return withNames(parseReplayedPlans(await this.#ask(`/replay/plans/${revision}`)));
  }

  async numbers(revision: number, planId: string): Promise<ReplayedNumbers> {
    return withNames(parseReplayedNumbers(await this.#ask(`/replay/numbers/${revision}/${planId}`)));
  }

  async people(stretch: number): Promise<RecordedPresence> {
    return parseRecordedPresence(await this.#ask(`/replay/people/${stretch}`));
  }

  async #ask(path: string): Promise<unknown> {
    let response: Response;
    try {
      response = await this.#fetch(this.#base + path, { cache: "no-store" });
    } catch {
      throw new RefusedError("offline", "", "");
    }
    const said: unknown = await response.json().catch(() => null);
    if (response.ok) return said;
    const { code, message, cure } = (said ?? {}) as Partial<Record<"code" | "message" | "cure", string>>;
    throw new RefusedError(code ?? `http_${response.status}`, message ?? "", cure ?? "");
  }
}
