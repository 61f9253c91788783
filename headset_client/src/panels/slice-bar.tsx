import "../design/segmented.css";
import "../design/slice.css";
import { placeOf, SLICE_KINDS, shareOf } from "../geometry/slice-pose";
import type { PlanningApp } from "../planning-app";
import { CT_REACH_HU, CT_WINDOWS, type CtWindowName, nameOf, windowOf } from "../scene/ct-window";
import { formatMm, formatNumber, strings } from "../strings";
import { chooseSlice, lookOf, slideSlice } from "../tools/slicing";
import { Icon } from "./icons";
import { useUi } from "./use-app";

/** The free slice of the CT: which way it lies, where, and in which grey levels. */
export function SliceBar({ app }: { readonly app: PlanningApp }) {
  const slice = useUi(app, (state) => state.slice);
  const box = app.planning.ctBox;
  if (!slice || !box) return null;
  const words = strings.slice;
  const place = placeOf(slice);
  return (
    <section className="slice-bar" aria-label={words.title}>
      <div className="segmented">
        {SLICE_KINDS.map((kind) => (
          <button
            key={kind}
            type="button"
            aria-pressed={kind === slice.kind}
            onClick={() => chooseSlice(app, kind, lookOf(app))}
          >
            {words.kinds[kind]}
          </button>
        ))}
      </div>
      <label className="slice-place">
        <input
          type="range"
          min={0}
          max={1}
          step={0.001}
          value={shareOf(slice, box)}
          aria-label={words.place}
          onChange={(event) => slideSlice(app, Number(event.target.value), box)}
        />
        <output>{place ? `${place.letter} ${formatMm(place.mm)}` : words.asSeen}</output>
      </label>
      <Window app={app} />
      <button
        type="button"
        className="button icon-only"
        aria-label={words.close}
        title={words.close}
        onClick={() => app.ui.setState({ slice: null })}
      >
        <Icon name="close" />
      </button>
    </section>
  );
}

function Window({ app }: { readonly app: PlanningApp }) {
  const ctWindow = useUi(app, (state) => state.ctWindow);
  const words = strings.slice;
  const level = (ctWindow.low + ctWindow.high) / 2;
  const width = ctWindow.high - ctWindow.low;
  const name = nameOf(ctWindow);
  return (
    <details className="ct-window">
      <summary>
        {words.window}: {name ? words.windows[name] : words.own}
      </summary>
      <div className="ct-window-choices">
        <div className="segmented">
          {(Object.keys(CT_WINDOWS) as CtWindowName[]).map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === name}
              onClick={() => app.ui.setState({ ctWindow: CT_WINDOWS[one] })}
            >
              {words.windows[one]}
            </button>
          ))}
        </div>
        <label>
          <span>{words.level}</span>
          <input
            type="range"
            min={CT_REACH_HU.low}
            max={CT_REACH_HU.high}
            value={level}
            onChange={(event) => app.ui.setState({ ctWindow: windowOf(Number(event.target.value), width) })}
          />
          <output>{formatNumber(level)} HU</output>
        </label>
        <label>
          <span>{words.width}</span>
          <input
            type="range"
            min={20}
            max={CT_REACH_HU.high - CT_REACH_HU.low}
            value={width}
            onChange={(event) => app.ui.setState({ ctWindow: windowOf(level, Number(event.target.value)) })}
          />
          <output>{formatNumber(width)} HU</output>
        </label>
        <p className="soft">{strings.notice}</p>
      </div>
    </details>
  );
}
