import { useState } from "react";
import type { PlanningApp } from "../planning-app";
import type { StructureAsset } from "../protocol";
import { type Appearance, isAlone, isolated, shownAsAtFirst } from "../scene/appearance";
import { formatMl, formatNumber, strings } from "../strings";
import { Icon } from "./icons";
import { SegmentsList } from "./segments-list";
import { useSession, useUi } from "./use-app";

/** Where panels would cover the model the list starts folded. */
const ROOMY = "(min-width: 901px)";

export function StructuresPanel({ app }: { readonly app: PlanningApp }) {
  const scene = useSession(app, (state) => state.scene);
  const appearances = useUi(app, (state) => state.appearances);
  const covered = useUi(app, (state) => state.proposalsOpen || state.flatCutOpen || state.plansOpen || state.notesOpen);
  const [open, setOpen] = useState(() => matchMedia(ROOMY).matches);
  if (!scene || covered) return null;
  const change = (name: string, appearance: Appearance) =>
    app.ui.setState({ appearances: { ...app.ui.getState().appearances, [name]: appearance } });
  const { title } = strings.structures;
  const showOnly = (name: string) =>
    app.ui.setState({
      appearances: isAlone(appearances, name)
        ? shownAsAtFirst(appearances, scene.structures)
        : isolated(appearances, name),
    });
  return (
    <section className={open ? "panel structures-panel" : "panel structures-panel closed"} aria-label={title}>
      <h2 title={strings.structures.volumeHint}>
        <button type="button" className="fold" aria-expanded={open} onClick={() => setOpen(!open)}>
          {title}
        </button>
      </h2>
      {open && (
        <ul>
          {scene.structures.map((structure) => {
            const appearance = appearances[structure.name];
            return appearance ? (
              <Row
                key={structure.name}
                structure={structure}
                appearance={appearance}
                alone={isAlone(appearances, structure.name)}
                onChange={(changed) => change(structure.name, changed)}
                onAlone={() => showOnly(structure.name)}
              />
            ) : null;
          })}
        </ul>
      )}
      {open && <SegmentsList app={app} segments={scene.segments} variants={scene.variants} />}
    </section>
  );
}

interface RowProps {
  readonly structure: StructureAsset;
  readonly appearance: Appearance;
  /** Nothing else is shown. */
  readonly alone: boolean;
  readonly onChange: (appearance: Appearance) => void;
  readonly onAlone: () => void;
}

function Row({ structure, appearance, alone, onChange, onAlone }: RowProps) {
  const { title } = structure;
  return (
    <li className={appearance.visible ? "" : "hidden-structure"}>
      <button
        type="button"
        className="eye"
        aria-pressed={appearance.visible}
        aria-label={strings.structures.show(title)}
        onClick={() => onChange({ ...appearance, visible: !appearance.visible })}
      >
        <Icon name={appearance.visible ? "eye" : "eyeOff"} />
      </button>
      <input
        type="color"
        className="swatch"
        title={strings.structures.colour(title)}
        aria-label={strings.structures.colour(title)}
        value={appearance.colour ?? structure.colour}
        onChange={(event) => onChange({ ...appearance, colour: event.target.value })}
      />
      <span className="name">
        {title}
        {structure.longest_axial_mm !== null && (
          <small title={strings.structures.diameterHint}>
            {strings.structures.diameter(`${formatNumber(structure.longest_axial_mm)}\u00a0mm`)}
          </small>
        )}
      </span>
      <span className="volume">{formatMl(structure.volume_ml)}</span>
      <button
        type="button"
        className="eye alone"
        aria-pressed={alone}
        title={alone ? strings.structures.asAtFirst : strings.structures.alone(title)}
        aria-label={strings.structures.alone(title)}
        onClick={onAlone}
      >
        <Icon name="alone" />
      </button>
      <input
        type="range"
        min={0.05}
        max={1}
        step={0.05}
        value={appearance.opacity}
        disabled={!appearance.visible}
        aria-label={strings.structures.opacity(title)}
        onChange={(event) => onChange({ ...appearance, opacity: Number(event.target.value) })}
      />
    </li>
  );
}
