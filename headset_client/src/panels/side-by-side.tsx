import { useEffect, useState } from "react";
import "../design/side-by-side.css";
import { marginLevel, marginLooks } from "../design/tokens";
import type { PlanningApp } from "../planning-app";
import type { HeadlineNumbers } from "../protocol";
import { type Pane, panesOf } from "../scene/panes";
import { type PlanBeside, plansSideBySide } from "../session/side-by-side";
import { formatMl, formatMm, formatPercent, strings } from "../strings";
import { leaveSideBySide, toggleBeside } from "../tools/side-by-side";
import { difference } from "./compare-dialog";
import { Icon } from "./icons";
import { useSession, useUi } from "./use-app";

/** Names and numbers over the panes that the scene is drawn in. */
export function SideBySide({ app }: { readonly app: PlanningApp }) {
  const chosen = useUi(app, (ui) => ui.sideBySide);
  const inHeadset = useUi(app, (ui) => ui.xrMode !== "desktop");
  const book = useSession(app, (state) => state.book);
  const numbers = useSession(app, (state) => state.numbers);
  const room = useWindowSize();
  const plans = plansSideBySide({ book, numbers }, chosen);
  const isShown = plans.length > 1 && !inHeadset;
  useEffect(() => {
    document.documentElement.classList.toggle("is-side-by-side", isShown);
    return () => document.documentElement.classList.remove("is-side-by-side");
  }, [isShown]);
  if (!isShown) return null;
  const panes = panesOf(plans.length, room);
  return (
    <section className="side-by-side" aria-label={strings.sideBySide.title}>
      {plans.map((plan, index) => (
        <PlanPane
          key={plan.key}
          app={app}
          plan={plan}
          first={index === 0 ? null : (plans[0]?.headlines ?? null)}
          pane={panes[index] as Pane}
        />
      ))}
      <button type="button" className="button side-by-side-end" onClick={() => leaveSideBySide(app)}>
        {strings.sideBySide.end}
        <kbd>Esc</kbd>
      </button>
    </section>
  );
}

interface PlanPaneProps {
  readonly app: PlanningApp;
  readonly plan: PlanBeside;
  /** Differences are from these; null for the first itself. */
  readonly first: HeadlineNumbers | null;
  readonly pane: Pane;
}

function PlanPane({ app, plan, first, pane }: PlanPaneProps) {
  const isWorkedOn = useSession(app, (state) => state.book.lookedAt === plan.key);
  const words = strings.sideBySide;
  return (
    <article
      className={isWorkedOn ? "plan-pane worked-on" : "plan-pane"}
      style={{ left: pane.left, top: pane.top, width: pane.width, height: pane.height + pane.foot }}
      aria-label={plan.name}
    >
      <header>
        <button
          type="button"
          className="plan-name"
          aria-pressed={isWorkedOn}
          disabled={!plan.isPlan}
          title={isWorkedOn ? words.working : words.workOn(plan.name)}
          onClick={() => app.session.lookAt(plan.key)}
        >
          {plan.name}
        </button>
        {isWorkedOn && <span className="stage">{words.working}</span>}
        {!plan.isPlan && <span className="stage">{words.asKept}</span>}
        {!isWorkedOn && (
          <button
            type="button"
            className="button icon-only"
            aria-label={words.away(plan.name)}
            onClick={() => toggleBeside(app, plan.key)}
          >
            <Icon name="close" />
          </button>
        )}
      </header>
      <footer style={{ height: pane.foot }}>
        {plan.headlines ? (
          <Headlines numbers={plan.headlines} first={first} />
        ) : (
          <p className="soft">{words.counting}</p>
        )}
        <p className="research">{strings.notice}</p>
      </footer>
    </article>
  );
}

interface Headline {
  readonly title: string;
  readonly of: (numbers: HeadlineNumbers) => number | null;
  readonly say: (value: number) => string;
}

function headlines(): readonly Headline[] {
  const words = strings.sideBySide;
  const percent = (value: number) => `${formatPercent(value)} %`;
  return [
    { title: strings.numbers.flrShort, of: (numbers) => numbers.flr_percent, say: percent },
    { title: strings.numbers.functional, of: (numbers) => numbers.functional_flr_percent, say: percent },
    { title: words.resected, of: (numbers) => numbers.resected_ml, say: formatMl },
    { title: words.margin, of: (numbers) => numbers.least_margin_mm, say: formatMm },
    { title: words.devascularised, of: (numbers) => numbers.devascularised_ml, say: formatMl },
    { title: words.congested, of: (numbers) => numbers.congested_ml, say: formatMl },
  ];
}

function Headlines({ numbers, first }: { readonly numbers: HeadlineNumbers; readonly first: HeadlineNumbers | null }) {
  const margin = marginLooks[marginLevel(numbers.least_margin_mm, "remnant")];
  return (
    <dl>
      {headlines().map(({ title, of, say }) => {
        const value = of(numbers);
        const change = difference(value, first && of(first), say);
        const isMargin = title === strings.sideBySide.margin && value !== null;
        return (
          <div key={title}>
            <dt>{title}</dt>
            <dd style={isMargin ? { color: margin.tone } : undefined}>
              {isMargin && `${margin.sign} `}
              {value === null ? "–" : say(value)}
              {change && <span className="change"> {change}</span>}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}

function useWindowSize() {
  const [size, setSize] = useState({ width: window.innerWidth, height: window.innerHeight });
  useEffect(() => {
    const follow = () => setSize({ width: window.innerWidth, height: window.innerHeight });
    window.addEventListener("resize", follow);
    return () => window.removeEventListener("resize", follow);
  }, []);
  return size;
}
