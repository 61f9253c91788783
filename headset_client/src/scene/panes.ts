// Where on the page plans are drawn side by side, and which of the panes pointers work in.

export interface Pane {
  /** CSS pixels from the canvas' top left. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  /** Of the picture. */
  readonly height: number;
  /** Below it, for numbers. */
  readonly foot: number;
}

export interface Room {
  readonly width: number;
  readonly height: number;
}

export const MOST_PANES = 4;
/** What the bars at the top and the foot of the page take, CSS pixels. */
export const BARS = { top: 52, foot: 148 } as const;
/** Numbers stand in one row where there is room for them, else in two, CSS pixels. */
const FOOT = { wideFrom: 640, wide: 104, narrow: 130 } as const;
/** A column that is narrower than this part of its height shows a liver as small as a second row would. */
const NARROWEST = 0.62;

/** One pane is the whole page; more share what the bars leave: in columns where they are wide enough, else in two rows. */
export function panesOf(count: number, { width, height }: Room): readonly Pane[] {
  if (count <= 1) return [{ left: 0, top: 0, width, height, foot: 0 }];
  const free = Math.max(1, height - BARS.top - BARS.foot);
  const inColumns = width / count >= NARROWEST * free && count < MOST_PANES;
  const columns = inColumns ? count : Math.ceil(count / 2);
  const rows = Math.ceil(count / columns);
  const foot = width / columns >= FOOT.wideFrom ? FOOT.wide : FOOT.narrow;
  return Array.from({ length: count }, (_, index) => ({
    left: Math.round(((index % columns) * width) / columns),
    top: BARS.top + Math.round((Math.floor(index / columns) * free) / rows),
    width: Math.round(width / columns),
    height: Math.max(1, Math.round(free / rows) - foot),
    foot,
  }));
}

const working = new WeakMap<HTMLElement, Pane>();

/** Pointers over this canvas aim in this pane; null: in the whole of it. */
export function setWorkingPane(canvas: HTMLElement, pane: Pane | null): void {
  if (pane) working.set(canvas, pane);
  else working.delete(canvas);
}

/** The part of the page in which the camera's picture of the plan worked on lies, CSS pixels of the page. */
export function workingBox(canvas: HTMLElement): Omit<Pane, "foot"> {
  const { left, top, width, height } = canvas.getBoundingClientRect();
  const pane = working.get(canvas);
  return pane ? { ...pane, left: left + pane.left, top: top + pane.top } : { left, top, width, height };
}

/** Beside the pane nothing is hit: it shows another plan. */
export function isInPane({ x, y }: { readonly x: number; readonly y: number }): boolean {
  return Math.abs(x) <= 1 && Math.abs(y) <= 1;
}
