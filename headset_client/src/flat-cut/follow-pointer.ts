// A mouse over the scene, while a cut is shown flat: the picture marks where on the cut it is.
import { type Camera, Raycaster, Vector2 } from "three";
import { workingBox } from "../scene/panes";
import type { FlatCut } from "./flat-cut";

/** Listens until the returned function is called. */
export function followPointer(canvas: HTMLElement, camera: () => Camera, flatCut: FlatCut): () => void {
  const abort = new AbortController();
  const raycaster = new Raycaster();
  const aimed = new Vector2();
  const point = (event: PointerEvent) => {
    if (!flatCut.isOpen || (event.type === "pointermove" && event.buttons !== 0)) return;
    const box = workingBox(canvas);
    aimed.set(((event.clientX - box.left) / box.width) * 2 - 1, 1 - ((event.clientY - box.top) / box.height) * 2);
    raycaster.setFromCamera(aimed, camera());
    flatCut.pointBy(raycaster.ray);
  };
  const options = { capture: true, signal: abort.signal };
  canvas.addEventListener("pointermove", point, options);
  // A finger does not hover: its tap points.
  canvas.addEventListener("pointerdown", point, options);
  canvas.addEventListener("pointerleave", () => flatCut.isOpen && flatCut.pointBy(null), options);
  return () => abort.abort();
}
