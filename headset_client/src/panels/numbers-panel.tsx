import { useMemo } from "react";
import { marginLooks } from "../design/tokens";
import type { PlanningApp } from "../planning-app";
import type { CutBranch } from "../protocol";
import { displayedPlan, otherHolder } from "../session/displayed-plan";
import type { SessionState } from "../session/session-state";
import { numbersFailure } from "../session/shown-numbers";
import { formatMm, strings } from "../strings";
import { BodyNumbers } from "./body-numbers";
import type { FunctionView, LossRow, MarginRow, NearRow, NumbersView } from "./numbers-view";
import { Pairs } from "./pairs";
import { numbersOf } from "./shown-view";
import { useSessionAtRest, useUi } from "./use-app";

export function NumbersPanel({ app }: { readonly app: PlanningApp }) {
  const state = useSessionAtRest(app);
  const ghost = useUi(app, (ui) => ui.ghost);
  const view = useMemo(() => numbersOf(state, ghost), [state, ghost]);
  const failure = ghost === null ? numbersFailure(state) : null;
  const empty = state.planKnown && displayedPlan(state).length === 0 && ghost === null;
  return (
    <section className="panel numbers-panel" aria-label={strings.numbers.title}>
      {ghost !== null && <p className="ghost-note">{strings.proposals.looking}</p>}
      {empty ? (
        <NoResection app={app} />
      ) : failure ? (
        <div className="empty">
          <h2>{failure.message}</h2>
          <p>{failure.cure}</p>
        </div>
      ) : view ? (
        <Figures app={app} view={view} offline={state.connection.kind !== "online"} />
      ) : null}
      <Holder state={state} />
    </section>
  );
}

function NoResection({ app }: { readonly app: PlanningApp }) {
  return (
    <div className="empty">
      <h2>{strings.numbers.empty}</h2>
      <p>{strings.numbers.emptyLead}</p>
      <button type="button" className="button primary wide" onClick={() => app.editor.place()}>
        {strings.numbers.place}
      </button>
      <button type="button" className="button wide" onClick={() => app.ui.setState({ cutMenu: "menu" })}>
        {strings.cuts.others}
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

interface FiguresProps {
  readonly app: PlanningApp;
  readonly view: NumbersView;
  readonly offline: boolean;
}

function Figures({ app, view, offline }: FiguresProps) {
  return (
    <div className={view.stale ? "figures stale" : "figures"}>
      <h2>{strings.numbers.flr}</h2>
      <div className={view.hasTrees ? "remnants two" : "remnants"}>
        <div>
          {view.hasTrees && <small>{strings.numbers.byVolume}</small>}
          <p className="flr" data-testid="flr">
            {view.flr}
            <span className="unit"> %</span>
          </p>
          <Interval text={view.flrInterval} />
        </div>
        {view.hasTrees && (
          <div title={strings.numbers.byFunctionHint}>
            <small>{strings.numbers.byFunction}</small>
            <p className={view.function ? "flr" : "flr waiting"} data-testid="functional-flr">
              {view.function?.percent ?? "–"}
              <span className="unit"> %</span>
            </p>
            <Interval text={view.function?.interval ?? null} />
          </div>
        )}
      </div>
      <p className="denominator">
        {view.denominator}
        {view.tumourFree && <span> · {view.tumourFree}</span>}
      </p>
      <Split view={view} />
      <Volumes view={view} />
      {view.hasTrees && <Losses app={app} answer={view.function} />}
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
      <h3>
        {strings.numbers.vessels}
        <small className={view.cutArea ? "" : "waiting"}>
          {strings.numbers.cutArea} {view.cutArea ?? "–"} <Interval text={view.cutAreaInterval} />
        </small>
      </h3>
      <CutBranches app={app} branches={view.cutBranches} intervals={view.calibreIntervals} />
      <Near rows={view.near} />
      {view.pieces && <p className="caution pieces">{view.pieces}</p>}
      <BodyNumbers app={app} view={view} />
      <output className="stale-note">
        {view.stale ? (offline ? strings.numbers.offline : strings.numbers.stale) : "\u00a0"}
      </output>
      <p className="research">{strings.notice}</p>
    </div>
  );
}

function Interval({ text }: { readonly text: string | null }) {
  return text === null ? null : (
    <small className="interval" title={strings.numbers.intervalHint}>
      {strings.numbers.interval(text)}
    </small>
  );
}

/** The liver as a bar: what remains and works, what remains and does not, what is resected. */
function Split({ view }: { readonly view: NumbersView }) {
  const working = view.function ? Math.min(view.function.fraction, view.remnantFraction) : view.remnantFraction;
  return (
    <div className="split" aria-hidden="true">
      <span className="split-remnant" style={{ transform: `scaleX(${view.remnantFraction})` }} />
      <span className="split-working" style={{ transform: `scaleX(${working})` }} />
    </div>
  );
}

function Volumes({ view }: { readonly view: NumbersView }) {
  return (
    <dl className="volumes">
      <div className="remnant">
        <dt>{strings.numbers.remnant}</dt>
        <dd data-testid="remnant">{view.remnant}</dd>
        {view.remnantInterval && (
          <dd>
            <Interval text={view.remnantInterval} />
          </dd>
        )}
      </div>
      <div className="resected">
        <dt>{strings.numbers.resected}</dt>
        <dd data-testid="resected">{view.resected}</dd>
        {view.resectedInterval && (
          <dd>
            <Interval text={view.resectedInterval} />
          </dd>
        )}
      </div>
      <div>
        <dt>{strings.numbers.total}</dt>
        <dd>{view.total}</dd>
      </div>
    </dl>
  );
}

function Losses({ app, answer }: { readonly app: PlanningApp; readonly answer: FunctionView | null }) {
  const marked = useUi(app, (ui) => ui.showLosses);
  if (!answer) {
    return (
      <dl className="losses waiting">
        <div>
          <dt>{strings.numbers.devascularised}</dt>
          <dd>–</dd>
        </div>
        <div>
          <dt>{strings.numbers.congested}</dt>
          <dd>–</dd>
        </div>
      </dl>
    );
  }
  return (
    <div className="losses" data-testid="losses">
      {answer.losses.map((loss) => (
        <Loss key={loss.title} loss={loss} />
      ))}
      <label className="switch mark-losses">
        <input
          type="checkbox"
          checked={marked}
          onChange={(event) => app.ui.setState({ showLosses: event.target.checked })}
        />
        <span>{strings.numbers.markLosses}</span>
      </label>
    </div>
  );
}

function Loss({ loss }: { readonly loss: LossRow }) {
  return (
    <details>
      <summary>
        <span className={`swatch ${loss.kind}`} aria-hidden="true" />
        <span className="name">{loss.title}</span>
        <span className="value">{loss.value}</span>
        <Interval text={loss.interval} />
      </summary>
      {loss.branches === null ? (
        <p className="soft">{strings.numbers.vesselsWait}</p>
      ) : loss.branches.length === 0 ? (
        <p className="soft">{strings.numbers.noVessels}</p>
      ) : (
        <Pairs pairs={loss.branches} />
      )}
    </details>
  );
}

function Margin({ margin }: { readonly margin: MarginRow }) {
  const look = marginLooks[margin.level];
  return (
    <li style={{ "--level": look.tone } as React.CSSProperties} data-testid={`margin-${margin.tumour}`}>
      <details>
        <summary>
          <span className="sign" role="img" aria-label={strings.numbers.levels[margin.level]}>
            {look.sign}
          </span>
          <span className="name">
            {margin.title}
            {margin.status && <small>{margin.status}</small>}
          </span>
          <span className="value">{margin.value}</span>
        </summary>
        <Interval text={margin.interval} />
        {margin.details ? <Pairs pairs={margin.details} /> : <p className="soft">{strings.numbers.vesselsWait}</p>}
      </details>
    </li>
  );
}

/** What lies by the cut, with how far it is off. */
function Near({ rows }: { readonly rows: readonly NearRow[] | null }) {
  if (rows === null || rows.length === 0) return null;
  return (
    <details className="near" data-testid="near">
      <summary>
        <span className="name">{strings.numbers.near}</span>
        <span className="value">{rows[0]?.value}</span>
      </summary>
      <dl className="pairs">
        {rows.map((row) => (
          <div key={row.title} className={row.touched ? "touched" : ""}>
            <dt>{row.title}</dt>
            <dd>
              {row.value} <Interval text={row.interval} />
            </dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

interface CutBranchesProps {
  readonly app: PlanningApp;
  readonly branches: readonly CutBranch[] | null;
  readonly intervals: readonly (string | null)[];
}

function CutBranches({ app, branches, intervals }: CutBranchesProps) {
  if (branches === null) return <p className="soft waiting">{strings.numbers.vesselsWait}</p>;
  if (branches.length === 0) return <p className="soft">{strings.numbers.noVessels}</p>;
  const light = (litBranch: CutBranch | null) => app.ui.setState({ litBranch });
  return (
    <ul className="vessels" data-testid="cut-branches">
      {branches.map((branch, index) => (
        <li key={`${branch.branch}-${index}`}>
          <button
            type="button"
            onPointerEnter={() => light(branch)}
            onPointerLeave={() => light(null)}
            onFocus={() => light(branch)}
            onBlur={() => light(null)}
          >
            <span className={`tree ${branch.tree}`} role="img" aria-label={strings.numbers.trees[branch.tree]} />
            <span className="name">{branch.title}</span>
            <span className="value">{formatMm(branch.calibre_mm)}</span>
            <Interval text={intervals[index] ?? null} />
          </button>
        </li>
      ))}
    </ul>
  );
}
