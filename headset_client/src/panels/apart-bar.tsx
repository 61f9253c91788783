import "../design/flat-cut.css";
import { useStore } from "zustand";
import { GAP_MM } from "../apart/taken-apart";
import type { PlanningApp } from "../planning-app";
import { formatMl, formatMm, strings } from "../strings";

/** While the liver is being cut, and while its parts lie apart. */
export function ApartBar({ app }: { readonly app: PlanningApp }) {
  const { phase, fraction, gapMm, volumesMl } = useStore(app.apart.state);
  if (phase === "whole") return null;
  if (phase === "cutting") {
    return (
      <div className="apart-bar">
        <output>{strings.apart.cutting}</output>
        <progress max={1} value={fraction} aria-label={strings.apart.cutting} />
        <button type="button" className="button quiet" onClick={() => app.apart.close()}>
          {strings.apart.stop}
        </button>
      </div>
    );
  }
  return (
    <section className="apart-bar" aria-label={strings.apart.title}>
      <span className="remnant">{strings.apart.remnant(formatMl(volumesMl?.remnant ?? 0))}</span>
      <span className="resected">{strings.apart.resected(formatMl(volumesMl?.resected ?? 0))}</span>
      <label>
        {strings.apart.gap}
        <input
          type="range"
          min={0}
          max={GAP_MM.most}
          value={Math.round(gapMm)}
          aria-valuetext={formatMm(gapMm)}
          onChange={(event) => app.apart.setGap(Number(event.target.value))}
        />
      </label>
      <button type="button" className="button" onClick={() => app.apart.close()}>
        {strings.apart.close}
      </button>
    </section>
  );
}
