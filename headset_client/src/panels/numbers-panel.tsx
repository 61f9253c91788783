import { useMemo } from "react";
import { marginLooks } from "../design/tokens";
import type { PlanningApp } from "../planning-app";
import { displayedPlan, otherHolder } from "../session/displayed-plan";
import type { SessionState } from "../session/session-state";
import { shownNumbers } from "../session/shown-numbers";
import { strings } from "../strings";
import { type MarginRow, type NumbersView, type VesselRow, viewNumbers } from "./numbers-view";
import { useSession } from "./use-app";

export function NumbersPanel({ app }: { readonly app: PlanningApp }) {
  const state = useSession(app, (all) => all);
  const view = useMemo(() => numbersOf(state), [state]);
  const empty = state.planKnown && displayedPlan(state).length === 0;
  return (
    <section className="panel numbers-panel" aria-label={strings.numbers.title}>
      {empty ? (
        <NoResection app={app} />
      ) : view ? (
        <Figures view={view} offline={state.connection.kind !== "online"} />
      ) : null}
      <Holder state={state} />
    </section>
  );
}

function numbersOf(state: SessionState): NumbersView | null {
  const shown = shownNumbers(state);
  return shown && state.scene ? viewNumbers(shown, state.scene) : null;
}

function NoResection({ app }: { readonly app: PlanningApp }) {
  return (
    <div className="empty">
      <h2>{strings.numbers.empty}</h2>
      <p>{strings.numbers.emptyLead}</p>
      <button type="button" className="button primary wide" onClick={() => app.editor.place()}>
        {strings.numbers.place}
      </button>
    </div>
  );
}

function Holder({ state }: { readonly state: SessionState }) {
  const held = displayedPlan(state)
    .map(({ resection }) => otherHolder(state, resection.resection_id))
    .find((holder) => holder !== null);
  const person = state.people.find((candidate) => candidate.client_id === held);
  if (!person) return null;
  return (
    <output className="holder" style={{ "--person": person.colour } as React.CSSProperties}>
      <span className="dot" />
      {strings.people.holding(person.display_name || strings.people.someone)}
    </output>
  );
}

function Figures({ view, offline }: { readonly view: NumbersView; readonly offline: boolean }) {
  return (
    <div className={view.stale ? "figures stale" : "figures"}>
      <h2>{strings.numbers.flr}</h2>
      <p className="flr" data-testid="flr">
        {view.flr}
        <span className="unit"> %</span>
      </p>
      <p className="denominator">
        {view.denominator}
        {view.tumourFree && <span> · {view.tumourFree}</span>}
      </p>
      <div className="split" aria-hidden="true">
        <span className="split-remnant" style={{ transform: `scaleX(${view.remnantFraction})` }} />
      </div>
      <dl className="volumes">
        <div className="remnant">
          <dt>{strings.numbers.remnant}</dt>
          <dd data-testid="remnant">{view.remnant}</dd>
        </div>
        <div className="resected">
          <dt>{strings.numbers.resected}</dt>
          <dd data-testid="resected">{view.resected}</dd>
        </div>
        <div>
          <dt>{strings.numbers.total}</dt>
          <dd>{view.total}</dd>
        </div>
      </dl>
      <h3>
        {strings.numbers.margins}
        {view.uncertainty && <small>{view.uncertainty}</small>}
      </h3>
      {view.margins.length === 0 ? (
        <p className="soft">{strings.numbers.noTumours}</p>
      ) : (
        <ul className="margins">
          {view.margins.map((margin) => (
            <Margin key={margin.tumour} margin={margin} />
          ))}
        </ul>
      )}
      <h3>{strings.numbers.vessels}</h3>
      <Vessels rows={view.vessels} />
      <output className="stale-note">
        {view.stale ? (offline ? strings.numbers.offline : strings.numbers.stale) : "\u00a0"}
      </output>
    </div>
  );
}

function Margin({ margin }: { readonly margin: MarginRow }) {
  const look = marginLooks[margin.level];
  return (
    <li style={{ "--level": look.colour } as React.CSSProperties} data-testid={`margin-${margin.tumour}`}>
      <span className="sign" role="img" aria-label={look.label}>
        {look.sign}
      </span>
      <span className="name">
        {margin.title}
        {margin.status && <small>{margin.status}</small>}
      </span>
      <span className="value">{margin.value}</span>
    </li>
  );
}

function Vessels({ rows }: { readonly rows: readonly VesselRow[] | null }) {
  if (rows === null) return <p className="soft">{strings.numbers.vesselsWait}</p>;
  if (rows.length === 0) return <p className="soft">{strings.numbers.noVessels}</p>;
  return (
    <ul className="vessels">
      {rows.map((row) => (
        <li key={row.structure}>
          <span className="name">{row.title}</span>
          <span className="value">
            {strings.numbers.branches(row.count)}
            <small>{strings.numbers.widest(row.widest)}</small>
          </span>
        </li>
      ))}
    </ul>
  );
}
