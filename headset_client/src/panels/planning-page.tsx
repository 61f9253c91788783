import { addAfterEffect, Canvas, useFrame, useThree } from "@react-three/fiber";
import { noEvents, XR, XROrigin } from "@react-three/xr";
import { useEffect, useState } from "react";
import { NoToneMapping, type PerspectiveCamera } from "three";
import { drawingMeans } from "../drawing-means";
import { PlanningApp } from "../planning-app";
import { exposeProbe } from "../probe";
import { strings } from "../strings";
import { CutBar } from "./cut-bar";
import { CutMenu } from "./cut-menu";
import { HelpDialog } from "./help-dialog";
import { Hint } from "./hint";
import { LoadingNote } from "./loading-note";
import { NumbersPanel } from "./numbers-panel";
import { OrientationCube } from "./orientation-cube";
import { Palette } from "./palette";
import { ProposalsPanel } from "./proposals-panel";
import { ScaleBarView } from "./scale-bar-view";
import { SettingsDialog } from "./settings-dialog";
import { StructuresPanel } from "./structures-panel";
import { Toasts } from "./toasts";
import { ToolBar } from "./tool-bar";
import { TopBar } from "./top-bar";

const FIELD_OF_VIEW = 28;

export function PlanningPage({ caseId }: { readonly caseId: string }) {
  return drawingMeans().able ? <Planning caseId={caseId} /> : <CannotDraw />;
}

function CannotDraw() {
  return (
    <main className="blocked">
      <h1>{strings.problem.webgl}</h1>
      <p>{strings.problem.webglCure}</p>
      <a className="button" href="/">
        {strings.problem.back}
      </a>
      <p className="notice">{strings.notice}</p>
    </main>
  );
}

function Planning({ caseId }: { readonly caseId: string }) {
  const [app] = useState(() => new PlanningApp(caseId));
  useEffect(() => exposeProbe(app), [app]);
  return (
    <div className="planning">
      <TopBar app={app} />
      <main className="workplace">
        <Canvas
          className="viewport"
          frameloop="demand"
          events={noEvents}
          dpr={[1, 2]}
          gl={{
            antialias: !drawingMeans().inSoftware,
            alpha: true,
            stencil: false,
            powerPreference: "high-performance",
            toneMapping: NoToneMapping,
          }}
          camera={{ fov: FIELD_OF_VIEW, near: 0.01, far: 30 }}
        >
          <XR store={app.xr}>
            <XROrigin />
            <Stage app={app} />
          </XR>
        </Canvas>
        <StructuresPanel app={app} />
        <ProposalsPanel app={app} />
        <NumbersPanel app={app} />
        <CutMenu app={app} />
        <div className="foot">
          <OrientationCube app={app} />
          <div className="tools">
            <CutBar app={app} />
            <ToolBar app={app} />
          </div>
          <ScaleBarView app={app} />
        </div>
        <LoadingNote app={app} />
        <Hint />
        <Toasts app={app} />
        <HelpDialog app={app} />
        <Palette app={app} />
        <SettingsDialog app={app} />
      </main>
    </div>
  );
}

/** Hands renderer and frames of React Three Fiber to the app. */
function Stage({ app }: { readonly app: PlanningApp }) {
  const get = useThree((state) => state.get);
  useEffect(() => {
    const { gl, camera, scene, invalidate } = get();
    app.attach({
      renderer: gl,
      camera: camera as PerspectiveCamera,
      scene,
      canvas: gl.domElement,
      invalidate: () => invalidate(),
    });
    const stopCounting = addAfterEffect(() => app.afterRender());
    return () => {
      stopCounting();
      app.detach();
    };
  }, [app, get]);
  useFrame((state) => app.beforeRender(performance.now(), state.camera));
  return null;
}
