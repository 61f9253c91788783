import { useStore } from "zustand";
import type { PlanningApp } from "../planning-app";
import { displayedPlan } from "../session/displayed-plan";
import { entryLookedAt } from "../session/plan-book";
import { strings } from "../strings";
import { toggleSlice } from "../tools/slicing";
import { type HandleMode, toggleFlatCut } from "../ui-state";
import { Icon, type IconName } from "./icons";
import { useSession, useUi } from "./use-app";
import { useRefusal } from "./use-role";

export function ToolBar({ app }: { readonly app: PlanningApp }) {
  const mode = useUi(app, (state) => state.handleMode);
  const menu = useUi(app, (state) => state.cutMenu);
  const proposals = useUi(app, (state) => state.proposalsOpen);
  const plans = useUi(app, (state) => state.plansOpen);
  const planName = useSession(app, (state) => entryLookedAt(state.book)?.name);
  const slice = useUi(app, (state) => state.slice !== null);
  const flat = useUi(app, (state) => state.flatCutOpen);
  const apart = useStore(app.apart.state, (state) => state.phase);
  const measuring = useUi(app, (state) => state.notesOpen);
  const showCt = useUi(app, (state) => state.showCt);
  const showBands = useUi(app, (state) => state.showBands);
  const showSegments = useUi(app, (state) => state.showSegments);
  const hasSegments = useSession(app, (state) => (state.scene?.segments.length ?? 0) > 0);
  const hasPlan = useSession(app, (state) => displayedPlan(state).length > 0);
  const undoable = useSession(app, (state) => state.undoable);
  const refusal = useRefusal(app, "resection.commit");
  const setMode = (handleMode: HandleMode) => app.ui.setState({ handleMode });
  return (
    <div className="tool-bar" role="toolbar" aria-label={strings.numbers.title}>
      <Tool
        icon="move"
        brief
        label={strings.tools.move}
        refusal={refusal}
        keys="W"
        pressed={mode === "move"}
        run={() => setMode("move")}
      />
      <Tool
        icon="rotate"
        brief
        label={strings.tools.rotate}
        refusal={refusal}
        keys="E"
        pressed={mode === "rotate"}
        run={() => setMode("rotate")}
      />
      <Tool
        icon="shape"
        brief
        label={strings.tools.shape}
        refusal={refusal}
        keys="R"
        pressed={mode === "shape"}
        run={() => setMode("shape")}
      />
      <Tool
        icon="flip"
        brief
        label={strings.tools.flip}
        refusal={refusal}
        keys="X"
        disabled={!hasPlan}
        run={() => app.editor.flip()}
      />
      <span className="divider" />
      <Tool
        icon="add"
        label={strings.tools.add}
        refusal={refusal}
        keys="A"
        pressed={menu !== "closed"}
        run={() => app.ui.setState({ cutMenu: menu === "closed" ? "menu" : "closed" })}
      />
      <Tool
        icon="remove"
        brief
        label={strings.tools.remove}
        refusal={refusal}
        keys="Del"
        disabled={!hasPlan}
        run={() => app.editor.remove()}
      />
      <Tool
        icon="proposals"
        label={strings.tools.proposals}
        keys="P"
        pressed={proposals}
        run={() => app.ui.setState({ proposalsOpen: !proposals, flatCutOpen: false, plansOpen: false, ghost: null })}
      />
      <Tool
        icon="flat"
        brief
        label={strings.flatCut.title}
        keys="U"
        pressed={flat}
        disabled={!hasPlan && !flat}
        run={() => toggleFlatCut(app.ui)}
      />
      <Tool
        icon="apart"
        brief
        label={strings.apart.title}
        keys="K"
        pressed={apart !== "whole"}
        disabled={!hasPlan}
        run={() => app.apart.toggle()}
      />
      <Tool
        icon="plans"
        label={planName ?? strings.plans.title}
        keys="J"
        pressed={plans}
        run={() => app.ui.setState({ plansOpen: !plans, proposalsOpen: false, flatCutOpen: false, ghost: null })}
      />
      <Tool
        icon="ruler"
        label={strings.measuring.title}
        keys="M"
        quiet
        pressed={measuring}
        run={() =>
          app.ui.setState({
            notesOpen: !measuring,
            plansOpen: false,
            flatCutOpen: false,
            proposalsOpen: false,
            ghost: null,
            tool: "handle",
          })
        }
      />
      <span className="divider" />
      <Tool
        icon="undo"
        label={strings.tools.undo(undoable.undo)}
        refusal={refusal}
        keys="Ctrl+Z"
        quiet
        disabled={undoable.undo === null}
        run={() => app.editor.undo()}
      />
      <Tool
        icon="redo"
        label={strings.tools.redo(undoable.redo)}
        refusal={refusal}
        keys="Ctrl+Shift+Z"
        quiet
        disabled={undoable.redo === null}
        run={() => app.editor.redo()}
      />
      <span className="divider" />
      <Tool icon="slice" label={strings.slice.title} keys="Q" quiet pressed={slice} run={() => toggleSlice(app)} />
      <Switch label={strings.tools.ct} on={showCt} set={(on) => app.ui.setState({ showCt: on })} />
      <Switch label={strings.tools.margins} on={showBands} set={(on) => app.ui.setState({ showBands: on })} />
      {hasSegments && (
        <Switch label={strings.tools.segments} on={showSegments} set={(on) => app.ui.setState({ showSegments: on })} />
      )}
      <span className="divider" />
      <Tool icon="replay" label={strings.replay.title} keys="8" quiet run={() => app.replay.toggle()} />
      <Tool icon="frame" label={strings.tools.frame} keys="F" quiet run={() => app.view?.frame()} />
      <Tool
        icon="find"
        label={strings.palette.title}
        keys="Ctrl+P"
        quiet
        run={() => app.ui.setState({ paletteOpen: true })}
      />
      <Tool
        icon="settings"
        label={strings.settings.title}
        keys=","
        quiet
        run={() => app.ui.setState({ settingsOpen: true })}
      />
      <Tool icon="help" label={strings.tools.help} keys="?" quiet run={() => app.ui.setState({ helpOpen: true })} />
    </div>
  );
}

interface ToolProps {
  readonly icon: IconName;
  readonly label: string;
  readonly keys: string;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly quiet?: boolean;
  /** Its word gives way first where the row would be too long. */
  readonly brief?: boolean;
  /** Why the person's role does not let them, in words. */
  readonly refusal?: string | undefined;
  readonly run: () => void;
}

function Tool({ icon, label, keys, pressed, disabled = false, quiet = false, brief = false, refusal, run }: ToolProps) {
  return (
    <button
      type="button"
      className={brief ? "tool brief" : "tool"}
      aria-pressed={pressed}
      aria-label={quiet ? label : undefined}
      disabled={disabled || refusal !== undefined}
      title={refusal ? `${label}: ${refusal}` : `${label} (${keys})`}
      onClick={run}
    >
      <Icon name={icon} />
      {!quiet && <span>{label}</span>}
    </button>
  );
}

interface SwitchProps {
  readonly label: string;
  readonly on: boolean;
  readonly set: (on: boolean) => void;
}

function Switch({ label, on, set }: SwitchProps) {
  return (
    <label className="switch">
      <input type="checkbox" checked={on} onChange={(event) => set(event.target.checked)} />
      <span>{label}</span>
    </label>
  );
}
