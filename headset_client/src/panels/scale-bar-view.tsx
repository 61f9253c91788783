import { useCallback, useRef } from "react";
import { MM_PER_METRE } from "../geometry/patient-frame";
import { pixelsPerMm, scaleBar, scaleBarLabel } from "../geometry/scale-bar";
import type { FrameInfo, PlanningApp } from "../planning-app";
import { useRenderedFrame } from "./use-app";

const WIDEST_PIXELS = 170;

/** Right at the depth of the focus; written straight to the page after each frame, without React. */
export function ScaleBarView({ app }: { readonly app: PlanningApp }) {
  const bar = useRef<HTMLSpanElement>(null);
  const label = useRef<HTMLSpanElement>(null);
  const drawn = useRef(0);
  const follow = useCallback((info: FrameInfo) => {
    const perMm = pixelsPerMm(info.viewportHeight, info.camera.fov, info.focusDistance, 1 / MM_PER_METRE);
    if (perMm === drawn.current) return;
    drawn.current = perMm;
    const { lengthMm, widthPixels } = scaleBar(perMm, WIDEST_PIXELS);
    if (bar.current) bar.current.style.width = `${widthPixels.toFixed(1)}px`;
    if (label.current) label.current.textContent = scaleBarLabel(lengthMm);
  }, []);
  useRenderedFrame(app, follow);
  return (
    <div className="scale-bar">
      <span ref={label} />
      <span ref={bar} className="scale-bar-line" />
    </div>
  );
}
