// The search for proposals as everybody in the session sees it: asked, under way, found or ended.
import type { ProposalState, Proposals, ProposalsEnded, ProposalsProgress } from "../protocol";

export interface ProposalSearch {
  readonly requestId: string | null;
  /** 0 to 1 while it runs; null where none does. */
  readonly fraction: number | null;
  /** Null before the first answer. */
  readonly found: readonly ProposalState[] | null;
  /** What the server says about it: what it does now, or why nothing was found. */
  readonly note: string;
}

export const NO_SEARCH: ProposalSearch = { requestId: null, fraction: null, found: null, note: "" };

export function reduceProposals(
  search: ProposalSearch,
  message: Proposals | ProposalsProgress | ProposalsEnded,
): ProposalSearch {
  switch (message.type) {
    case "proposals.progress":
      return { ...search, requestId: message.request_id, fraction: message.fraction, note: message.note };
    case "proposals":
      return { requestId: message.request_id, fraction: null, found: message.proposals, note: message.note };
    case "proposals.ended":
      // A search that another one replaced must not end the newer one.
      if (search.fraction !== null && search.requestId !== message.request_id) return search;
      if (message.code !== "failed") return { ...search, fraction: null, note: "" };
      return {
        requestId: message.request_id,
        fraction: null,
        found: null,
        note: `${message.message} ${message.cure}`,
      };
  }
}
