// Draws the plan worked on, and other plans beside it: in panes of the page that share one camera, or next to each other
// in the room.
import { type Camera, Vector3 } from "three";
import { MOST_IN_HEADSET } from "../session/side-by-side";
import { CallEconomy, ECONOMY } from "./call-economy";
import type { DesktopView } from "./desktop-view";
import { setWorkingPane } from "./panes";
import type { PlanningScene } from "./planning-scene";

export interface SideBySide {
  readonly planning: PlanningScene;
  /** Keys of all plans in their order; empty where one is drawn alone. */
  readonly keys: readonly string[];
}

/** Prepared before, once for all of them. */
export function drawPlans(view: DesktopView, { planning, keys }: SideBySide, camera: Camera): void {
  const { renderer, scene } = view;
  // One frame, however often it draws.
  renderer.info.reset();
  const { others } = planning;
  if (renderer.xr.isPresenting) {
    drawInRoom(view, planning, camera);
    return;
  }
  const isDivided = others.count > 0 && keys.length > 1;
  planning.economise(ECONOMY.none);
  const panes = view.divide(isDivided ? keys.length : 1);
  if (!isDivided) {
    setWorkingPane(view.canvas, null);
    renderer.render(scene, camera);
    return;
  }
  renderer.clear();
  renderer.setScissorTest(true);
  const { clientHeight } = view.canvas;
  keys.forEach((key, index) => {
    const pane = panes[index];
    if (!pane) return;
    const bottom = clientHeight - pane.top - pane.height;
    renderer.setViewport(pane.left, bottom, pane.width, pane.height);
    renderer.setScissor(pane.left, bottom, pane.width, pane.height);
    const other = others.keys.indexOf(key);
    if (other < 0) {
      setWorkingPane(view.canvas, pane);
      renderer.render(scene, camera);
    } else others.drawAs(other, () => renderer.render(scene, camera));
  });
  renderer.setScissorTest(false);
  renderer.setViewport(0, 0, view.canvas.clientWidth, clientHeight);
}

const economies = new WeakMap<PlanningScene, CallEconomy>();

/** Both eyes within their draw calls. */
function drawInRoom(view: DesktopView, planning: PlanningScene, camera: Camera): void {
  const { renderer, scene } = view;
  const { others } = planning;
  const economy = economies.get(planning) ?? new CallEconomy();
  economies.set(planning, economy);
  planning.economise(economy.step);
  renderer.render(scene, camera);
  if (others.count > 0) planning.withoutCompany(economy.step, () => drawNextToIt(view, planning, camera));
  const eyes = Math.max(1, renderer.xr.getCamera().cameras.length);
  economy.follow(renderer.info.render.calls / eyes, others.count === 0 ? "" : others.keys.join());
}

const before = new Vector3();

/** Over the picture that is there: hands and boards in front of it hide it. */
function drawNextToIt(
  { renderer }: DesktopView,
  { stage, patient, others, besideM }: PlanningScene,
  camera: Camera,
): void {
  before.copy(stage.position);
  renderer.autoClear = false;
  others.keys.slice(0, MOST_IN_HEADSET - 1).forEach((_, index) => {
    stage.position.copy(before).addScaledVector(besideM, index + 1);
    stage.updateMatrixWorld(true);
    others.drawAs(index, () => renderer.render(patient as unknown as Parameters<typeof renderer.render>[0], camera));
  });
  renderer.autoClear = true;
  stage.position.copy(before);
  stage.updateMatrixWorld(true);
}
