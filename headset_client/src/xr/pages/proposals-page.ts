// Plans that the server finds under this person's conditions: looked at by a press, taken by another.
import { formatMm, formatNumber, formatPercent, strings } from "../../strings";
import type { ToolPage } from "../tool-page";
import { andBack, back, listed, type PageParts, stepper } from "./page-parts";

const MOST_MARGIN_MM = 20;
const PERCENT_STEP = 5;
const MOST_PERCENT = 60;

export function proposalsPage(parts: PageParts): ToolPage {
  const { choices, choose, session, ui } = parts;
  const search = session.state.getState().proposals;
  const { ghost } = ui.getState();
  const running = search.fraction !== null;
  const found = running ? [] : (search.found ?? []);
  const rows = found.map((proposal) => ({
    id: proposal.proposal_id,
    label: proposal.title,
    value: `${functional(proposal.numbers.function?.functional_flr_percent ?? proposal.numbers.flr_percent)}`,
    active: proposal.proposal_id === ghost,
    press: () => ui.setState({ ghost: proposal.proposal_id === ghost ? null : proposal.proposal_id }),
  }));
  const conditions = [
    stepper("propose-margin", strings.xr.margin(formatMm(choices.proposalMarginMm)), (by) =>
      choose({ proposalMarginMm: clamp(choices.proposalMarginMm + by, MOST_MARGIN_MM) }),
    ),
    stepper("least-function", strings.xr.leastFunction(formatNumber(choices.leastPercent)), (by) =>
      choose({ leastPercent: clamp(choices.leastPercent + by * PERCENT_STEP, MOST_PERCENT) }),
    ),
  ];
  return {
    title: strings.proposals.title,
    note: running ? [] : note(found.length, search.found !== null, search.note),
    rows: [
      ...conditions,
      [
        {
          id: "find",
          needs: "proposals.ask",
          label: running ? strings.xr.finding(formatNumber(100 * (search.fraction ?? 0))) : strings.proposals.ask,
          press: () => find(parts),
        },
      ],
      ...listed(parts, rows, 3),
      [
        ...(found.length > 0 ? [takeButton(parts, ghost)] : []),
        { ...back(parts), press: andBack(parts, () => ui.setState({ ghost: null })) },
      ],
    ],
  };
}

function takeButton(parts: PageParts, ghost: string | null) {
  return {
    id: "take",
    needs: "proposals.take" as const,
    label: strings.xr.take,
    enabled: ghost !== null,
    press: andBack(parts, () => {
      parts.ui.setState({ ghost: null });
      if (ghost !== null) parts.session.changes.takeProposal(ghost);
    }),
  };
}

function note(count: number, asked: boolean, said: string): readonly string[] {
  if (count > 0) return [strings.xr.lookFirst];
  return asked ? [said || strings.xr.noneFound] : [];
}

function find({ session, choices }: PageParts): void {
  const { requestId, fraction } = session.state.getState().proposals;
  if (fraction !== null && requestId) {
    session.cancelProposals(requestId);
    return;
  }
  session.askProposals({
    margin_mm: choices.proposalMarginMm,
    minimum_flr_percent: choices.leastPercent,
    spare_branches: [],
    tumours: null,
  });
}

function functional(percent: number | null | undefined): string {
  return percent === null || percent === undefined ? "–" : `${formatPercent(percent)} %`;
}

function clamp(value: number, most: number): number {
  return Math.min(most, Math.max(0, value));
}
