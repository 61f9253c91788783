import { useState } from "react";
import type { PlanningApp } from "../planning-app";
import type { ProposalConstraints, ProposalState, SceneManifest } from "../protocol";
import { formatMm, formatPercent, reasonOf, strings } from "../strings";
import { Icon } from "./icons";
import { formatCm2 } from "./numbers-view";
import { useSession, useUi } from "./use-app";
import { useRefusal } from "./use-role";

const START_MARGIN_MM = 5;
/** The least in use for a healthy liver (PMC6422720); people clear or change it. */
const START_REMNANT_PERCENT = "20";
/** So many named or wide vessels can be spared by a click. */
const MOST_VESSELS = 12;

/** Plans that the server finds under the person's conditions; looked at by hovering, taken by a click. */
export function ProposalsPanel({ app }: { readonly app: PlanningApp }) {
  const open = useUi(app, (ui) => ui.proposalsOpen);
  const scene = useSession(app, (state) => state.scene);
  const search = useSession(app, (state) => state.proposals);
  if (!open || !scene) return null;
  const close = () => app.ui.setState({ proposalsOpen: false, ghost: null });
  return (
    <section className="panel proposals-panel" aria-label={strings.proposals.title}>
      <div className="dialog-head">
        <h2>{strings.proposals.title}</h2>
        <button type="button" className="button icon-only" aria-label={strings.help.close} onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <Conditions app={app} scene={scene} searching={search.fraction !== null} />
      {search.fraction !== null && (
        <div className="search">
          <output>{search.note || strings.proposals.searching}</output>
          <progress max={1} value={search.fraction} aria-label={strings.proposals.searching} />
          <button
            type="button"
            className="button quiet"
            onClick={() => search.requestId && app.session.cancelProposals(search.requestId)}
          >
            {strings.proposals.stop}
          </button>
        </div>
      )}
      {search.fraction === null && !search.found?.length && (search.found !== null || search.note !== "") && (
        <output className="soft">{search.note || strings.proposals.none}</output>
      )}
      <ol className="proposals">
        {(search.fraction === null ? (search.found ?? []) : []).map((proposal) => (
          <li key={proposal.proposal_id}>
            <Card app={app} proposal={proposal} />
          </li>
        ))}
      </ol>
      <p className="research">{strings.notice}</p>
    </section>
  );
}

interface ConditionsProps {
  readonly app: PlanningApp;
  readonly scene: SceneManifest;
  readonly searching: boolean;
}

function Conditions({ app, scene, searching }: ConditionsProps) {
  const refusal = useRefusal(app, "proposals.ask");
  const [margin, setMargin] = useState(START_MARGIN_MM);
  const [least, setLeast] = useState(START_REMNANT_PERCENT);
  const [spared, setSpared] = useState<readonly number[]>([]);
  const vessels = scene.branches
    .filter((branch) => branch.name !== "" || branch.calibre_mm >= 4)
    .sort((a, b) => b.calibre_mm - a.calibre_mm)
    .slice(0, MOST_VESSELS);
  const ask = () => {
    const constraints: ProposalConstraints = {
      margin_mm: margin,
      minimum_flr_percent: least === "" ? 0 : Number(least),
      spare_branches: spared,
      tumours: null,
    };
    app.session.askProposals(constraints);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        ask();
      }}
    >
      <label className="slider">
        <span>
          {strings.proposals.margin} <strong>{formatMm(margin)}</strong>
        </span>
        <input
          type="range"
          min={0}
          max={20}
          value={margin}
          onChange={(event) => setMargin(Number(event.target.value))}
        />
      </label>
      <label className="field">
        <span>{strings.proposals.leastFunction}</span>
        <span>
          <input
            type="number"
            min={0}
            max={99}
            value={least}
            placeholder={strings.proposals.any}
            onChange={(event) => setLeast(event.target.value)}
          />{" "}
          %
        </span>
      </label>
      {vessels.length > 0 && (
        <details>
          <summary>
            {strings.proposals.spare}
            {spared.length > 0 && ` · ${spared.length}`}
          </summary>
          <div className="choices">
            {vessels.map((branch) => (
              <label key={branch.number} className="choice">
                <input
                  type="checkbox"
                  checked={spared.includes(branch.number)}
                  onChange={() =>
                    setSpared(
                      spared.includes(branch.number)
                        ? spared.filter((one) => one !== branch.number)
                        : [...spared, branch.number],
                    )
                  }
                />
                <span className="name">
                  <span className={`tree ${branch.tree}`} role="img" aria-label={strings.numbers.trees[branch.tree]} />
                  {branch.title}
                </span>
                <small>{formatMm(branch.calibre_mm)}</small>
              </label>
            ))}
          </div>
        </details>
      )}
      <button
        type="submit"
        className="button primary wide"
        disabled={searching || refusal !== undefined}
        title={refusal}
      >
        {strings.proposals.ask}
      </button>
    </form>
  );
}

function Card({ app, proposal }: { readonly app: PlanningApp; readonly proposal: ProposalState }) {
  const look = (ghost: string | null) => app.ui.setState({ ghost });
  const { numbers } = proposal;
  const margins = numbers.margins.flatMap((margin) => (margin.minimum_mm === null ? [] : [margin.minimum_mm]));
  const widest = Math.max(0, ...(numbers.cut_branches ?? []).map((branch) => branch.calibre_mm));
  const functional = numbers.function?.functional_flr_percent ?? null;
  const refusal = useRefusal(app, "proposals.take");
  const facts: readonly (readonly [string, string])[] = [
    [strings.proposals.flr, numbers.flr_percent === null ? "–" : `${formatPercent(numbers.flr_percent)} %`],
    [strings.proposals.leastMargin, margins.length === 0 ? "–" : formatMm(Math.min(...margins))],
    [strings.numbers.cutArea, numbers.cut_area_mm2 === null ? "–" : formatCm2(numbers.cut_area_mm2)],
    [
      strings.proposals.widest,
      numbers.cut_branches === null ? "–" : widest === 0 ? strings.numbers.noVessels : formatMm(widest),
    ],
  ];
  return (
    <button
      type="button"
      className="proposal"
      // It can be looked at by everybody.
      aria-disabled={refusal !== undefined}
      title={refusal}
      onPointerEnter={() => look(proposal.proposal_id)}
      onPointerLeave={() => look(null)}
      onFocus={() => look(proposal.proposal_id)}
      onBlur={() => look(null)}
      onClick={() => {
        if (app.session.refuses("proposals.take")) return;
        look(null);
        app.session.changes.takeProposal(proposal.proposal_id);
      }}
    >
      <span className="proposal-head">
        <strong>{proposal.title}</strong>
        {functional !== null && (
          <span className="big">
            {formatPercent(functional)} % <small>{strings.proposals.functional}</small>
          </span>
        )}
      </span>
      <span className="proposal-facts">
        {facts.map(([what, value]) => (
          <span key={what}>
            <small>{what}</small> {value}
          </span>
        ))}
      </span>
      <span className="reason">{reasonOf(proposal)}</span>
      <span className="go">{strings.proposals.take}</span>
    </button>
  );
}
