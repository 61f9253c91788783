import { useCallback, useRef } from "react";
import { Quaternion } from "three";
import type { FrameInfo, PlanningApp } from "../planning-app";
import { strings } from "../strings";
import { cubeTransform, type ViewName } from "../tools/view-camera";
import { useRenderedFrame } from "./use-app";

const FACES: readonly (readonly [ViewName, string])[] = [
  ["anterior", "A"],
  ["posterior", "P"],
  ["right", "R"],
  ["left", "L"],
  ["superior", "S"],
  ["inferior", "I"],
];

/** The patient's directions as a cube that turns with the view; a face takes the view there. */
export function OrientationCube({ app }: { readonly app: PlanningApp }) {
  const cube = useRef<HTMLFieldSetElement>(null);
  const drawn = useRef(new Quaternion(Number.NaN));
  const follow = useCallback((info: FrameInfo) => {
    if (!cube.current || drawn.current.equals(info.camera.quaternion)) return;
    drawn.current.copy(info.camera.quaternion);
    cube.current.style.transform = cubeTransform(info.camera);
  }, []);
  useRenderedFrame(app, follow);
  return (
    <div className="cube-frame">
      <fieldset ref={cube} className="cube" aria-label={strings.tools.viewsTitle}>
        {FACES.map(([view, letter]) => (
          <button
            key={view}
            type="button"
            className={`cube-face ${view}`}
            aria-label={strings.tools.view[view]}
            title={strings.tools.view[view]}
            onClick={() => app.view?.look(view)}
          >
            {letter}
          </button>
        ))}
      </fieldset>
    </div>
  );
}
