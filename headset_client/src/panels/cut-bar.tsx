import { useEffect, useState } from "react";
import { BEND_SCOPES } from "../geometry/surface-groups";
import type { PlanningApp } from "../planning-app";
import type { ResectionState, SegmentAsset, WedgeResectionState } from "../protocol";
import { displayedPlan } from "../session/displayed-plan";
import { formatMm, strings } from "../strings";
import { isMeasuring, type Tool } from "../ui-state";
import { cutName } from "./cut-names";
import { Icon } from "./icons";
import { useSession, useSessionAtRest, useUi } from "./use-app";
import { useRefusal } from "./use-role";

/** The cuts of the plan, and what can be done to the chosen one. */
export function CutBar({ app }: { readonly app: PlanningApp }) {
  const state = useSessionAtRest(app);
  const selectedId = useUi(app, (ui) => ui.selected);
  const tool = useUi(app, (ui) => ui.tool);
  const refusal = useRefusal(app, "resection.commit");
  if (tool !== "handle") return <ToolNote app={app} tool={tool} />;
  const plan = displayedPlan(state).map(({ resection }) => resection);
  const selected = plan.find((one) => one.resection_id === selectedId) ?? plan[0];
  if (!selected) return null;
  return (
    <div className="cut-bar">
      {plan.length > 1 && (
        <ul className="cut-list" aria-label={strings.cuts.title}>
          {plan.map((resection, index) => (
            <li key={resection.resection_id}>
              <button
                type="button"
                className="chip"
                aria-pressed={resection === selected}
                onClick={() => app.editor.select(resection.resection_id)}
              >
                <span className="count">{index + 1}</span>
                {cutName(resection, state.scene)}
              </button>
            </li>
          ))}
        </ul>
      )}
      <fieldset className="by-role" disabled={refusal !== undefined} title={refusal}>
        <CutTools app={app} cut={selected} segments={state.scene?.segments ?? []} only={plan.length === 1} />
      </fieldset>
    </div>
  );
}

/** What a press on the liver does now, and the way out of it. */
function ToolNote({ app, tool }: { readonly app: PlanningApp; readonly tool: Exclude<Tool, "handle"> }) {
  const drawing = tool === "draw";
  const placed = useUi(app, (ui) => ui.pointsPlaced);
  return (
    <div className="cut-bar">
      <p className="chip plain">{sayNow(tool, placed)}</p>
      <button type="button" className="chip" onClick={() => app.ui.setState({ tool: "handle" })}>
        {drawing ? strings.cuts.stopDrawing : strings.pointing.done}
      </button>
    </div>
  );
}

function sayNow(tool: Exclude<Tool, "handle">, placed: number): string {
  if (tool === "draw") return strings.cuts.drawNow;
  if (!isMeasuring(tool)) return strings.pointing.now[tool];
  const now = strings.measuring.now[tool];
  return now[Math.min(placed, now.length - 1)] ?? "";
}

interface CutToolsProps {
  readonly app: PlanningApp;
  readonly cut: ResectionState;
  readonly segments: readonly SegmentAsset[];
  readonly only: boolean;
}

function CutTools({ app, cut, segments, only }: CutToolsProps) {
  const veins = useSession(app, (state) => state.scene?.branches.some(({ tree }) => tree === "hepatic") ?? false);
  switch (cut.kind) {
    case "plane":
      return (
        <div className="cut-list">
          <button type="button" className="chip" onClick={() => app.editor.makeCurved()}>
            <Icon name="curve" />
            {strings.cuts.makeCurved}
          </button>
          {veins && (
            <button type="button" className="chip" onClick={() => app.ui.setState({ tool: "vein" })}>
              {strings.pointing.atVein}
            </button>
          )}
        </div>
      );
    case "surface":
      return <BendTools app={app} />;
    case "wedge":
      return cut.tumour === null ? null : <MarginTool key={cut.resection_id} app={app} wedge={cut} only={only} />;
    case "territory":
      return (
        <ul className="cut-list" aria-label={strings.cuts.segmentsTaken}>
          {segments.map((segment) => (
            <li key={segment.value}>
              <button
                type="button"
                className="chip segment"
                aria-pressed={cut.segments.includes(segment.value)}
                style={{ "--segment": segment.colour } as React.CSSProperties}
                onClick={() => app.editor.toggleSegment(segment.value)}
              >
                {segment.title}
              </button>
            </li>
          ))}
        </ul>
      );
  }
}

function BendTools({ app }: { readonly app: PlanningApp }) {
  const scope = useUi(app, (ui) => ui.bendScope);
  const fine = useUi(app, (ui) => ui.fine);
  return (
    <fieldset className="cut-list" aria-label={strings.cuts.bendWith}>
      <span className="chip plain">{strings.cuts.bendWith}</span>
      {BEND_SCOPES.map((one) => (
        <button
          key={one}
          type="button"
          className="chip"
          aria-pressed={one === scope}
          onClick={() => app.ui.setState({ bendScope: one })}
        >
          {strings.cuts.scopes[one]}
        </button>
      ))}
      <button
        type="button"
        className="chip"
        aria-pressed={fine}
        title={strings.cuts.fineHint}
        onClick={() => app.ui.setState({ fine: !fine })}
      >
        {strings.cuts.fine}
      </button>
    </fieldset>
  );
}

interface MarginToolProps {
  readonly app: PlanningApp;
  readonly wedge: WedgeResectionState;
  readonly only: boolean;
}

/** Asks for the wedge anew when the slider is let go: only the server keeps the margin from every voxel. */
function MarginTool({ app, wedge, only }: MarginToolProps) {
  const [margin, setMargin] = useState(wedge.margin_mm ?? 10);
  useEffect(() => setMargin(wedge.margin_mm ?? 10), [wedge.margin_mm]);
  const scene = useSession(app, (state) => state.scene);
  const send = () => margin !== wedge.margin_mm && app.editor.setMargin(margin);
  return (
    <label className="chip plain margin-tool">
      {only ? cutName({ ...wedge, margin_mm: null }, scene) : strings.cuts.margin}
      <input
        type="range"
        min={0}
        max={30}
        step={1}
        value={margin}
        aria-label={strings.cuts.margin}
        onChange={(event) => setMargin(Number(event.target.value))}
        onPointerUp={send}
        onKeyUp={send}
      />
      <strong>{wedge.margin_mm === null && margin === 10 ? strings.cuts.movedByHand : formatMm(margin)}</strong>
    </label>
  );
}
