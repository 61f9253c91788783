// Several plans: looked at by a press, laid over as ghosts, and their numbers beside each other on the board.
import { contentOf, entryLookedAt, freeName } from "../../session/plan-book";
import { formatPercent, strings } from "../../strings";
import type { ButtonRow, ToolPage } from "../tool-page";
import { back, listed, type PageParts, toPage } from "./page-parts";

/** Signs: three words would not fit beside each other. */
const GHOST = "○";
const BESIDE = "⇔";

export function plansPage(parts: PageParts): ToolPage {
  const { session, ui } = parts;
  const { book, numbers } = session.state.getState();
  const { planGhosts, sideBySide } = ui.getState();
  const entry = entryLookedAt(book);
  const words = strings.plans;
  const rows = book.entries.map((one): ButtonRow => {
    const answer = numbers.ofPlans.get(one.plan_id);
    const known = answer?.type === "numbers" && answer.revision >= contentOf(book, one.plan_id).revision;
    const isLookedAt = one.plan_id === book.lookedAt;
    return [
      {
        id: `plan-${one.plan_id}`,
        label: one.name,
        value: known ? headline(answer.numbers) : "…",
        active: isLookedAt,
        press: () => session.lookAt(one.plan_id),
      },
      {
        id: `ghost-${one.plan_id}`,
        label: GHOST,
        active: planGhosts.has(one.plan_id) && !isLookedAt,
        enabled: !isLookedAt,
        press: () => toggle(parts, one.plan_id),
      },
      {
        id: `beside-${one.plan_id}`,
        label: BESIDE,
        active: sideBySide.includes(one.plan_id) && !isLookedAt,
        enabled: !isLookedAt,
        press: () => ui.setState({ sideBySide: sideBySide.includes(one.plan_id) ? [] : [book.lookedAt, one.plan_id] }),
      },
    ];
  });
  const signed = entry ? words.stage[entry.stage] + (entry.is_stale ? ` · ${words.stale}` : "") : "";
  return {
    title: words.title,
    note: [signed, `${GHOST} ${words.ghostShort}   ${BESIDE} ${strings.sideBySide.beside}`],
    rows: [
      ...paged(parts, rows),
      [
        {
          id: "plan-copy",
          needs: "plan.create",
          label: words.copy,
          enabled: entry !== null,
          press: () => {
            if (!entry) return;
            const name = freeName(book, (number) => words.copyOf(entry.name, number).slice(0, 60));
            session.changes.createPlan(name, { kind: "plan", plan_id: entry.plan_id });
          },
        },
        {
          id: "plan-propose",
          needs: "plan.propose",
          label: words.propose,
          enabled: entry !== null && (entry.stage === "draft" || entry.is_stale),
          press: () => entry && session.changes.sign(entry.plan_id, "propose"),
        },
      ],
      [toPage(parts, "replay", strings.replay.short), back(parts)],
    ],
  };
}

/** One number, so that the plan's name has its room. */
function headline({ flr_percent }: { readonly flr_percent: number | null }): string {
  return flr_percent === null ? "–" : `${formatPercent(flr_percent)} %`;
}

function toggle({ ui }: PageParts, key: string): void {
  const planGhosts = new Set(ui.getState().planGhosts);
  if (!planGhosts.delete(key)) planGhosts.add(key);
  ui.setState({ planGhosts });
}

/** Whole rows of a list, five at a time. */
function paged(parts: PageParts, rows: readonly ButtonRow[]): readonly ButtonRow[] {
  const firsts = rows.map((row) => row[0]).flatMap((one) => one ?? []);
  return listed(parts, firsts, 5).map((row) => rows.find((whole) => whole[0]?.id === row[0]?.id) ?? row);
}
