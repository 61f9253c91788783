import { useEffect, useMemo, useState } from "react";
import type { PlanningApp } from "../planning-app";
import type { ComparedPlan, PlanNumbers, PlansCompared } from "../protocol";
import { candidates, toCompare } from "../session/ghost-plans";
import { newId } from "../session/new-id";
import { formatMl, formatNumber, formatPercent, strings } from "../strings";
import { Dialog } from "./dialog";
import { useUi } from "./use-app";

interface Row {
  readonly title: string;
  readonly of: (numbers: PlanNumbers) => number | null;
  readonly say: (value: number) => string;
}

/** What the table tells of each plan. */
export function compareRows(): readonly Row[] {
  const { rows } = strings.plans;
  const liver = (numbers: PlanNumbers) => numbers.volumes.find((volume) => volume.name === "liver");
  return [
    { title: rows.flr, of: (numbers) => numbers.flr_percent, say: formatPercent },
    { title: rows.functional, of: (numbers) => numbers.function?.functional_flr_percent ?? null, say: formatPercent },
    { title: rows.remnant, of: (numbers) => liver(numbers)?.remnant_ml ?? null, say: formatMl },
    { title: rows.resected, of: (numbers) => liver(numbers)?.resected_ml ?? null, say: formatMl },
    { title: rows.devascularised, of: (numbers) => numbers.function?.devascularised_ml ?? null, say: formatMl },
    { title: rows.congested, of: (numbers) => numbers.function?.congested_ml ?? null, say: formatMl },
    { title: rows.margin, of: leastMargin, say: oneDigit },
    {
      title: rows.area,
      of: (numbers) => (numbers.cut_area_mm2 === null ? null : numbers.cut_area_mm2 / 100),
      say: oneDigit,
    },
    { title: rows.vessels, of: (numbers) => numbers.cut_branches?.length ?? null, say: formatNumber },
  ];
}

function leastMargin(numbers: PlanNumbers): number | null {
  const known = numbers.margins.flatMap((margin) => (margin.minimum_mm === null ? [] : [margin.minimum_mm]));
  return known.length > 0 ? Math.min(...known) : null;
}

function oneDigit(value: number): string {
  return value.toFixed(1);
}

/** "+3.1" or "−3.1"; empty where there is no difference. */
export function difference(value: number | null, first: number | null, say: (value: number) => string): string {
  if (value === null || first === null) return "";
  const said = say(Math.abs(value - first));
  if (say(0) === said) return "";
  return `${value > first ? "+" : "−"}${said}`;
}

/** Any number of plans and versions in one table, counted on the segmentation of now. */
export function CompareDialog({ app }: { readonly app: PlanningApp }) {
  const open = useUi(app, (ui) => ui.compareOpen);
  return open ? <Comparison app={app} /> : null;
}

function Comparison({ app }: { readonly app: PlanningApp }) {
  const [answer, setAnswer] = useState<PlansCompared | null>(null);
  const request = useMemo(() => newId("compare"), []);
  useEffect(() => {
    const state = app.session.state.getState();
    app.session.onCompared = (message) => message.request_id === request && setAnswer(message);
    app.session.compare(request, toCompare(candidates(state, strings.plans.ofVersion), state.book.lookedAt));
    return () => {
      app.session.onCompared = () => undefined;
    };
  }, [app, request]);
  return (
    <Dialog title={strings.plans.compareTitle} onClose={() => app.ui.setState({ compareOpen: false })}>
      <p className="soft">{answer ? strings.plans.compareLead : strings.plans.comparing}</p>
      {answer && <Table plans={answer.plans} />}
      <p className="research">{strings.notice}</p>
    </Dialog>
  );
}

function Table({ plans }: { readonly plans: readonly ComparedPlan[] }) {
  return (
    <div className="compare-table" data-testid="comparison">
      <table>
        <thead>
          <tr>
            <td />
            {plans.map((plan) => (
              <th key={plan.name} scope="col">
                {plan.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {compareRows().map((row) => (
            <tr key={row.title}>
              <th scope="row">{row.title}</th>
              {plans.map((plan, index) => (
                <Cell key={plan.name} row={row} plan={plan} first={index === 0 ? null : (plans[0] ?? null)} />
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface CellProps {
  readonly row: Row;
  readonly plan: ComparedPlan;
  readonly first: ComparedPlan | null;
}

function Cell({ row, plan, first }: CellProps) {
  const value = plan.numbers ? row.of(plan.numbers) : null;
  if (value === null) return <td title={plan.message || strings.plans.nothing}>–</td>;
  const change = difference(value, first?.numbers ? row.of(first.numbers) : null, row.say);
  return (
    <td>
      {row.say(value)}
      {change && <span className="change"> {change}</span>}
    </td>
  );
}
