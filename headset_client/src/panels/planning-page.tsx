// Everything around the picture.
import { createRoot } from "react-dom/client";
import { useStore } from "zustand";
import type { PlanningApp } from "../planning-app";
import { ApartBar } from "./apart-bar";
import { CompareDialog } from "./compare-dialog";
import { CutBar } from "./cut-bar";
import { CutMenu } from "./cut-menu";
import { FlatCutPanel } from "./flat-cut-panel";
import { GatherNote } from "./gather-note";
import { HelpDialog } from "./help-dialog";
import { Hint } from "./hint";
import { LoadingNote } from "./loading-note";
import { NotesPanel } from "./notes-panel";
import { NumbersPanel } from "./numbers-panel";
import { OrientationCube } from "./orientation-cube";
import { Palette } from "./palette";
import { PinDialog } from "./pin-dialog";
import { PlansPanel } from "./plans-panel";
import { PresenterNote } from "./presence-controls";
import { ProposalsPanel } from "./proposals-panel";
import { ReplayBanner, ReplayBar } from "./replay-bar";
import { ScaleBarView } from "./scale-bar-view";
import { SettingsDialog } from "./settings-dialog";
import { SideBySide } from "./side-by-side";
import { SliceBar } from "./slice-bar";
import { SpokenBar } from "./spoken-bar";
import { StructuresPanel } from "./structures-panel";
import { Toasts } from "./toasts";
import { ToolBar } from "./tool-bar";
import { TopBar } from "./top-bar";

import "../design/small-screens.css";

export function mountPanels(app: PlanningApp, element: HTMLElement): void {
  createRoot(element).render(<PlanningPanels app={app} />);
}

function PlanningPanels({ app }: { readonly app: PlanningApp }) {
  return (
    <>
      <TopBar app={app} />
      <main className="workplace">
        <SideBySide app={app} />
        <StructuresPanel app={app} />
        <ProposalsPanel app={app} />
        <FlatCutPanel app={app} />
        <PlansPanel app={app} />
        <NotesPanel app={app} />
        <NumbersPanel app={app} />
        <CutMenu app={app} />
        <Foot app={app} />
        <LoadingNote app={app} />
        <Hint />
        <PresenterNote app={app} />
        <SpokenBar app={app} />
        <ReplayBanner app={app} />
        <GatherNote app={app} />
        <Toasts app={app} />
        <CompareDialog app={app} />
        <PinDialog app={app} />
        <HelpDialog app={app} />
        <Palette app={app} />
        <SettingsDialog app={app} />
      </main>
    </>
  );
}

/** What can be done; in a replay nothing can, and its timeline takes the place. */
function Foot({ app }: { readonly app: PlanningApp }) {
  const replaying = useStore(app.replay.state, (state) => state.phase !== "closed");
  return (
    <div className="foot">
      <OrientationCube app={app} />
      <div className="tools">
        <SliceBar app={app} />
        {replaying ? (
          <ReplayBar app={app} />
        ) : (
          <>
            <ApartBar app={app} />
            <CutBar app={app} />
            <ToolBar app={app} />
          </>
        )}
      </div>
      <ScaleBarView app={app} />
    </div>
  );
}
