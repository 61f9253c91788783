// A page of the tool board: what it is called, its buttons row by row, and what to do now.

import type { MessageTag } from "../session/roles";

export interface ButtonSpec {
  readonly id: string;
  readonly label: string;
  /** Written at the right of the label, which then starts at the left: a row of a list. */
  readonly value?: string;
  readonly active?: boolean;
  /** False where a press would do nothing. */
  readonly enabled?: boolean;
  /** What the server would be asked: greyed where the person's role does not let them. */
  readonly needs?: MessageTag;
  /** Null for a value that is read between its buttons. */
  readonly press: (() => void) | null;
  /** It is pressed down, or let go: for what goes on as long as it is held. */
  readonly hold?: (on: boolean) => void;
  /** A pointer came onto it or left it. */
  readonly hover?: (on: boolean) => unknown;
}

export type ButtonRow = readonly ButtonSpec[];

export interface ToolPage {
  readonly title: string;
  readonly rows: readonly ButtonRow[];
  /** What to do now, or what went wrong; at most two short lines. */
  readonly note: readonly string[];
}

export interface ButtonBox {
  readonly spec: ButtonSpec;
  /** Pixels of the board, from its top left. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Eight rows and two lines of note fit. Pixels. */
export const PAGE = { width: 1024, height: 1290, edge: 32, top: 132, row: 106, gap: 16 } as const;

const MOST_ROWS = 8;

/** One row more than fits makes all a little lower. Buttons of a row share its width; a short one (a sign) takes half as much as a word. */
export function layOut(rows: readonly ButtonRow[]): readonly ButtonBox[] {
  const pitch = Math.min(PAGE.row + PAGE.gap, (MOST_ROWS * (PAGE.row + PAGE.gap)) / rows.length);
  return rows.flatMap((row, index) => {
    const y = PAGE.top + index * pitch;
    const weights = row.map((spec) => (spec.label.length === 1 ? 0.5 : 1));
    const free = PAGE.width - 2 * PAGE.edge - PAGE.gap * (row.length - 1);
    const unit = free / weights.reduce((sum, weight) => sum + weight, 0);
    let x: number = PAGE.edge;
    return row.map((spec, column) => {
      const width = unit * (weights[column] as number);
      const box = { spec, x, y, width, height: pitch - PAGE.gap };
      x += width + PAGE.gap;
      return box;
    });
  });
}
