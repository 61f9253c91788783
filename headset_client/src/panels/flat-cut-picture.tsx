import { useCallback, useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import { drawMarks, laidOut, type SheetLook, sheetImage } from "../flat-cut/draw-sheet";
import { pixelOf, placeOf, type Sheet } from "../flat-cut/sheet";
import type { PlanningApp } from "../planning-app";
import type { ResectogramSheet } from "../protocol";
import { formatMm, formatNumber, strings } from "../strings";
import { formatCm2 } from "./numbers-view";
import { useUi } from "./use-app";

const words = strings.flatCut;
const LETTER = 14;

export function facts(about: ResectogramSheet): readonly string[] {
  const [short, long] = about.lengths_percent;
  const signed = (value: number) => `${value < 0 ? "−" : "+"}${formatNumber(Math.abs(value), 1)}`;
  return [
    words.seenFrom,
    words.area(formatCm2(about.cut_area_mm2)),
    short === 0 && long === 0 ? words.flat : words.lengths(signed(short), signed(long)),
    ...(about.off_cut_mm > 0 ? [words.offCut(formatMm(about.off_cut_mm))] : []),
    ...(about.whole ? [] : [words.partly]),
  ];
}

/** All that the picture shows, for who does not see it. */
function described(about: ResectogramSheet): string {
  const vessels = about.vessels.map((vessel) => `${vessel.title} ${formatMm(vessel.calibre_mm)}`);
  return [...facts(about), `${words.vessels}: ${vessels.length > 0 ? vessels.join(", ") : words.noVessels}`].join(". ");
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** Takes the pointer and, with the focus, the arrow keys. */
export function Picture({ app, sheet }: { readonly app: PlanningApp; readonly sheet: Sheet }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const look = useLook(app, canvas, sheet);
  const pointed = useStore(app.flatCut.state, (state) => state.pointed);
  const lit = useUi(app, (ui) => ui.litBranch);
  const base = useRef<ImageData | null>(null);
  useEffect(() => {
    base.current = look && sheetImage(sheet, look);
  }, [sheet, look]);
  // Without a list of dependencies: it is what marks and picture are drawn for, and cheap.
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!context || !look || !base.current) return;
    context.putImageData(base.current, 0, 0);
    const litVessel = lit && app.flatCut.litVessel(sheet);
    drawMarks(context, sheet, look, { pointed: pointed?.place ?? null, litVessel });
  });
  const placeAt = (event: React.PointerEvent) => {
    if (!look || !canvas.current) return null;
    const box = canvas.current.getBoundingClientRect();
    const { row, column } = laidOut(sheet, look).pixel(
      (event.clientX - box.left) * look.ratio,
      (event.clientY - box.top) * look.ratio,
    );
    return placeOf(sheet, row, column);
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const step = STEPS[event.key];
    if (!step) return;
    // Elsewhere the arrow keys move the cut itself.
    event.preventDefault();
    event.stopPropagation();
    const { rows, columns } = sheet.about;
    const from = pointed ? pixelOf(sheet, pointed.place) : { row: rows / 2, column: columns / 2 };
    const by = pointed ? (event.shiftKey ? 8 : 2) : 0;
    app.flatCut.point(placeOf(sheet, from.row + by * step[0], from.column + by * step[1]));
  };
  return (
    <div
      className="picture"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: an application takes the arrow keys
      tabIndex={0}
      aria-label={words.described(described(sheet.about))}
      aria-describedby="flat-cut-how"
      onBlur={() => app.flatCut.point(null)}
      onKeyDown={onKeyDown}
    >
      <canvas
        ref={canvas}
        data-testid="flat-cut"
        onPointerMove={(event) => app.flatCut.point(placeAt(event))}
        onPointerDown={(event) => app.flatCut.point(placeAt(event))}
        onPointerLeave={(event) => event.pointerType === "mouse" && app.flatCut.point(null)}
      />
    </div>
  );
}

/** The size of the canvas on this screen, and what is drawn on it. */
function useLook(app: PlanningApp, canvas: React.RefObject<HTMLCanvasElement | null>, sheet: Sheet): SheetLook | null {
  const ct = useUi(app, (ui) => ui.showCt);
  const bands = useUi(app, (ui) => ui.showBands);
  const [look, setLook] = useState<SheetLook | null>(null);
  const { rows, columns } = sheet.about;
  const measure = useCallback(() => {
    const element = canvas.current;
    if (!element) return;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    const width = Math.round(element.clientWidth * ratio);
    const tallest = Math.min(0.46 * window.innerHeight, element.clientWidth);
    const height = Math.round(Math.min(tallest * ratio, (width * rows) / columns + 30 * ratio));
    element.style.height = `${height / ratio}px`;
    if (element.width !== width) element.width = width;
    if (element.height !== height) element.height = height;
    if (width > 0) setLook({ width, height, ratio, ct, bands, letter: LETTER });
  }, [canvas, rows, columns, ct, bands]);
  useEffect(() => {
    measure();
    const observer = new ResizeObserver(measure);
    if (canvas.current) observer.observe(canvas.current);
    return () => observer.disconnect();
  }, [measure, canvas]);
  return look;
}
