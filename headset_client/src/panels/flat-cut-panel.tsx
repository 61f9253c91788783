import "../design/flat-cut.css";
import { useStore } from "zustand";
import { marginLevel, marginLooks } from "../design/tokens";
import { wordsOf } from "../flat-cut/flat-cut";
import type { Sheet } from "../flat-cut/sheet";
import type { PlanningApp } from "../planning-app";
import type { ResectogramSheet } from "../protocol";
import { formatMm, strings } from "../strings";
import { facts, Picture } from "./flat-cut-picture";
import { Icon } from "./icons";
import { formatCm2 } from "./numbers-view";
import { useSession, useUi } from "./use-app";

const words = strings.flatCut;

/** The chosen cut laid flat beside the scene; each shows where the other is pointed at. */
export function FlatCutPanel({ app }: { readonly app: PlanningApp }) {
  const open = useUi(app, (ui) => ui.flatCutOpen);
  return open ? <Pane app={app} /> : null;
}

function Pane({ app }: { readonly app: PlanningApp }) {
  const { sheets, index, stale, failure } = useStore(app.flatCut.state);
  const hasPlan = useSession(app, (state) => state.plan.resections.length > 0);
  const sheet = sheets?.[index];
  return (
    <section className="panel flat-cut" aria-label={words.long}>
      <div className="dialog-head">
        <h2>{words.title}</h2>
        {stale && sheet && <output className="soft">{words.stale}</output>}
        <button
          type="button"
          className="button icon-only"
          aria-label={words.close}
          title={`${words.close} (U)`}
          onClick={() => app.ui.setState({ flatCutOpen: false })}
        >
          <Icon name="close" />
        </button>
      </div>
      {failure ? (
        <Message what={failure.message} cure={failure.cure} />
      ) : !hasPlan ? (
        <Message what={words.none} cure={words.noneCure} />
      ) : sheet && sheets ? (
        <div className={stale ? "stale" : ""}>
          {sheets.length > 1 && <Walls app={app} index={index} count={sheets.length} />}
          <Picture app={app} sheet={sheet} />
          <Readout app={app} />
          <Facts about={sheet.about} />
          <Legend about={sheet.about} />
          <Vessels app={app} sheet={sheet} />
        </div>
      ) : (
        <output className="soft">{words.making}</output>
      )}
      <p className="research">{strings.notice}</p>
    </section>
  );
}

function Message({ what, cure }: { readonly what: string; readonly cure: string }) {
  return (
    <div className="empty">
      <h3>{what}</h3>
      <p>{cure}</p>
    </div>
  );
}

function Walls({ app, index, count }: { readonly app: PlanningApp; readonly index: number; readonly count: number }) {
  return (
    <div className="walls">
      <button
        type="button"
        className="button"
        aria-label={words.previousWall}
        disabled={index === 0}
        onClick={() => app.flatCut.look(index - 1)}
      >
        ‹
      </button>
      <output>{words.wall(index + 1, count)}</output>
      <button
        type="button"
        className="button"
        aria-label={words.nextWall}
        disabled={index === count - 1}
        onClick={() => app.flatCut.look(index + 1)}
      >
        ›
      </button>
    </div>
  );
}

/** What lies at the place, in words for the eye and for a screen reader. */
function Readout({ app }: { readonly app: PlanningApp }) {
  const pointed = useStore(app.flatCut.state, (state) => state.pointed);
  const said = pointed && [
    wordsOf(pointed),
    ...(pointed.marginMm === null ? [] : [words.hounsfield(pointed.hu)]),
    ...(pointed.inLiver && !pointed.bounds ? [words.elsewhere] : []),
  ];
  return (
    <output id="flat-cut-how" className="readout" data-testid="flat-cut-readout">
      {said ? said.join(" · ") : words.how}
    </output>
  );
}

function Facts({ about }: { readonly about: ResectogramSheet }) {
  return <p className="soft facts">{facts(about).join(" · ")}</p>;
}

function Legend({ about }: { readonly about: ResectogramSheet }) {
  const [one, five, ten] = about.near_areas_mm2;
  const bands = [
    ["under1", words.bands.under1, one],
    ["under5", words.bands.under5, five - one],
    ["under10", words.bands.under10, ten - five],
  ] as const;
  return (
    <ul className="flat-legend" aria-label={words.legend}>
      {bands.map(([name, title, area]) => (
        <li key={name}>
          <span className={`key ${name}`} aria-hidden="true" />
          {title} <strong>{formatCm2(Math.max(area, 0))}</strong>
        </li>
      ))}
      <li>
        <span className="key tumour" aria-hidden="true" />
        {words.tumour}
      </li>
      <li>
        <span className="key shadow" aria-hidden="true" />
        {words.shadow}
      </li>
      <li>
        <span className="key outline" aria-hidden="true" />
        {words.outline}
      </li>
      {about.tumours.map((tumour) => {
        const look = marginLooks[marginLevel(tumour.margin_mm, tumour.status)];
        return (
          <li key={tumour.title} className="wide">
            <span className="sign" style={{ color: look.tone }} aria-hidden="true">
              {look.sign}
            </span>
            {tumour.title}: {words.status[tumour.status]}
            {tumour.margin_mm !== null && tumour.status !== "crossed" && `, ${formatMm(tumour.margin_mm)}`}
          </li>
        );
      })}
    </ul>
  );
}

function Vessels({ app, sheet }: { readonly app: PlanningApp; readonly sheet: Sheet }) {
  const lit = useUi(app, (ui) => ui.litBranch);
  const { vessels } = sheet.about;
  const shown = lit && app.flatCut.litVessel(sheet);
  return (
    <>
      <h3>{words.vessels}</h3>
      {vessels.length === 0 && <p className="soft">{words.noVessels}</p>}
      <ul className="vessels" data-testid="flat-cut-vessels">
        {vessels.map((vessel, index) => (
          <li key={`${vessel.branch}-${index}`}>
            <button
              type="button"
              className={vessel === shown ? "lit" : ""}
              onPointerEnter={() => app.flatCut.light(vessel)}
              onPointerLeave={() => app.flatCut.light(null)}
              onFocus={() => app.flatCut.light(vessel)}
              onBlur={() => app.flatCut.light(null)}
            >
              <span className={`tree ${vessel.tree}`} role="img" aria-label={strings.numbers.trees[vessel.tree]} />
              <span className="name">{vessel.title}</span>
              <span className="value">{formatMm(vessel.calibre_mm)}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
