import { type ReactNode, useEffect, useRef, useState } from "react";
import type { PlanningApp } from "../planning-app";
import type { SceneManifest } from "../protocol";
import { formatMl, formatMm, formatNumber, strings } from "../strings";
import { Icon, type IconName } from "./icons";
import { useSession, useUi } from "./use-app";

/** Opens over the tool bar: a kind of cut to add, and what it needs to be told. */
export function CutMenu({ app }: { readonly app: PlanningApp }) {
  const menu = useUi(app, (ui) => ui.cutMenu);
  const scene = useSession(app, (state) => state.scene);
  if (menu === "closed" || !scene) return null;
  return (
    <Popover app={app} title={strings.cuts.titles[menu]} key={menu}>
      {menu === "menu" && <Kinds app={app} scene={scene} />}
      {menu === "wedge" && <WedgeForm app={app} scene={scene} />}
      {menu === "territory" && <TerritoryForm app={app} scene={scene} />}
    </Popover>
  );
}

interface PopoverProps {
  readonly app: PlanningApp;
  readonly title: string;
  readonly children: ReactNode;
}

function Popover({ app, title, children }: PopoverProps) {
  const ref = useRef<HTMLElement>(null);
  useEffect(() => {
    ref.current?.querySelector<HTMLElement>("li button, input")?.focus();
  }, []);
  return (
    <section className="cut-menu" aria-label={title} ref={ref}>
      <div className="dialog-head">
        <h2>{title}</h2>
        <button
          type="button"
          className="button icon-only"
          aria-label={strings.help.close}
          onClick={() => app.ui.setState({ cutMenu: "closed" })}
        >
          <Icon name="close" />
        </button>
      </div>
      {children}
    </section>
  );
}

interface FormProps {
  readonly app: PlanningApp;
  readonly scene: SceneManifest;
}

function Kinds({ app, scene }: FormProps) {
  const close = () => app.ui.setState({ cutMenu: "closed" });
  const entry = (icon: IconName, words: readonly [string, string, string], run: () => void, disabled = false) => (
    <li key={words[0]}>
      <button type="button" disabled={disabled} onClick={run}>
        <Icon name={icon} />
        <span>
          <strong>{words[0]}</strong>
          <small>{words[1]}</small>
        </span>
        <kbd>{words[2]}</kbd>
      </button>
    </li>
  );
  const { kinds } = strings.cuts;
  const tumours = scene.structures.some((structure) => structure.name.startsWith("tumour_"));
  return (
    <ul className="kinds">
      {entry("plane", kinds.plane, () => {
        app.editor.place("plane");
        close();
      })}
      {entry("curve", kinds.surface, () => {
        app.editor.place("surface");
        close();
      })}
      {entry("draw", kinds.line, () => app.ui.setState({ tool: "draw", cutMenu: "closed" }))}
      {entry("wedge", kinds.wedge, () => app.ui.setState({ cutMenu: "wedge" }), !tumours)}
      {entry(
        "territory",
        kinds.territory,
        () => app.ui.setState({ cutMenu: "territory" }),
        scene.segments.length + scene.branches.length === 0,
      )}
    </ul>
  );
}

const START_MARGIN_MM = 10;

function WedgeForm({ app, scene }: FormProps) {
  const tumours = scene.structures.filter((structure) => structure.name.startsWith("tumour_"));
  const [tumour, setTumour] = useState(tumours[0]?.name ?? "");
  const [margin, setMargin] = useState(START_MARGIN_MM);
  const [shape, setShape] = useState<"spheroid" | "cone">("spheroid");
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        app.editor.placeAround(tumour, margin, shape);
        app.ui.setState({ cutMenu: "closed" });
      }}
    >
      <div className="choices" role="radiogroup" aria-label={strings.cuts.tumour}>
        {tumours.map((structure) => (
          <label key={structure.name} className="choice">
            <input
              type="radio"
              name="tumour"
              checked={structure.name === tumour}
              onChange={() => setTumour(structure.name)}
            />
            <span className="name">{structure.title}</span>
            <small>
              {structure.longest_axial_mm === null
                ? formatMl(structure.volume_ml)
                : strings.structures.diameter(`${formatNumber(structure.longest_axial_mm)}\u00a0mm`)}
            </small>
          </label>
        ))}
      </div>
      <label className="slider">
        <span>
          {strings.cuts.margin} <strong>{formatMm(margin)}</strong>
        </span>
        <input
          type="range"
          min={0}
          max={30}
          value={margin}
          onChange={(event) => setMargin(Number(event.target.value))}
        />
      </label>
      <fieldset className="cut-list" aria-label={strings.cuts.shape}>
        {(["spheroid", "cone"] as const).map((one) => (
          <button key={one} type="button" className="chip" aria-pressed={shape === one} onClick={() => setShape(one)}>
            {strings.cuts.shapes[one]}
          </button>
        ))}
      </fieldset>
      <button type="submit" className="button primary wide" disabled={tumour === ""}>
        {strings.cuts.cutAround}
      </button>
    </form>
  );
}

/** So many portal branches are offered, the largest territories first. */
const MOST_BRANCHES = 14;

function TerritoryForm({ app, scene }: FormProps) {
  const [segments, setSegments] = useState<readonly number[]>([]);
  const [branches, setBranches] = useState<readonly number[]>([]);
  const portal = scene.branches
    .filter((branch) => branch.tree === "portal" && branch.parent !== null && branch.territory_ml > 0)
    .sort((a, b) => b.territory_ml - a.territory_ml)
    .slice(0, MOST_BRANCHES);
  const done = (taken: readonly number[], supplied: readonly number[] = []) => {
    app.editor.placeTerritory(taken, supplied);
    app.ui.setState({ cutMenu: "closed" });
  };
  const point = (tool: "segment" | "branch") =>
    app.ui.setState({ tool, cutMenu: "closed", ...(tool === "segment" ? { showSegments: true } : {}) });
  const toggled = (list: readonly number[], value: number) =>
    list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        done([...segments].sort(), branches);
      }}
    >
      {scene.territories.length > 0 && (
        <ul className="named" aria-label={strings.cuts.named}>
          {scene.territories.map((territory) => (
            <li key={territory.name}>
              <button type="button" onClick={() => done(territory.segments)}>
                <span>{territory.title}</span>
                <small>{formatMl(territory.volume_ml)}</small>
              </button>
            </li>
          ))}
        </ul>
      )}
      <div className="cut-list">
        {scene.segments.length > 0 && (
          <button type="button" className="chip" onClick={() => point("segment")}>
            {strings.pointing.atSegment}
          </button>
        )}
        {portal.length > 0 && (
          <button type="button" className="chip" onClick={() => point("branch")}>
            {strings.pointing.atBranch}
          </button>
        )}
      </div>
      <h3>{strings.cuts.segmentsTaken}</h3>
      <fieldset className="cut-list" aria-label={strings.cuts.segmentsTaken}>
        {scene.segments.map((segment) => (
          <button
            key={segment.value}
            type="button"
            className="chip segment"
            aria-pressed={segments.includes(segment.value)}
            style={{ "--segment": segment.colour } as React.CSSProperties}
            onClick={() => setSegments(toggled(segments, segment.value))}
          >
            {segment.title}
          </button>
        ))}
      </fieldset>
      {portal.length > 0 && (
        <details>
          <summary>{strings.cuts.branches}</summary>
          <div className="choices">
            {portal.map((branch) => (
              <label key={branch.number} className="choice">
                <input
                  type="checkbox"
                  checked={branches.includes(branch.number)}
                  onChange={() => setBranches(toggled(branches, branch.number))}
                />
                <span className="name">{branch.title}</span>
                <small>{formatMl(branch.territory_ml)}</small>
              </label>
            ))}
          </div>
        </details>
      )}
      <button type="submit" className="button primary wide" disabled={segments.length + branches.length === 0}>
        {strings.cuts.cutTerritory}
      </button>
    </form>
  );
}
