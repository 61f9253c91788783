import { describe, expect, it } from "vitest";
import { layOut, PAGE } from "../../src/xr/tool-page";

const button = (id: string, label: string) => ({ id, label, press: () => {} });

describe("the buttons of a page", () => {
  it("fill the width of the board row by row without touching", () => {
    const boxes = layOut([[button("a", "Add cut"), button("b", "Proposals")], [button("c", "Leave")]]);
    expect(boxes.map((box) => box.spec.id)).toEqual(["a", "b", "c"]);
    const [a, b, c] = boxes as [(typeof boxes)[0], (typeof boxes)[0], (typeof boxes)[0]];
    expect(b.x - (a.x + a.width)).toBeCloseTo(PAGE.gap, 6);
    expect(b.x + b.width).toBeCloseTo(PAGE.width - PAGE.edge, 6);
    expect(c.width).toBeCloseTo(PAGE.width - 2 * PAGE.edge, 6);
    expect(c.y - (a.y + a.height)).toBeCloseTo(PAGE.gap, 6);
  });

  it("are a little lower where there is one row more than fits", () => {
    const rows = (count: number) => layOut(Array.from({ length: count }, (_, n) => [button(`${n}`, "word")]));
    const end = (count: number) => Math.max(...rows(count).map(({ y, height }) => y + height));
    expect(rows(8)[0]?.height).toBe(PAGE.row);
    expect(end(9)).toBeCloseTo(end(8), 6);
    expect(rows(9)[0]?.height).toBeGreaterThan(0.85 * PAGE.row);
  });

  it("give a sign half the room of a word", () => {
    const [less, value, more] = layOut([[button("l", "−"), button("v", "Margin 10.0 mm"), button("m", "+")]]);
    expect((less?.width ?? 0) * 2).toBeCloseTo(value?.width ?? 0, 6);
    expect(more?.width).toBeCloseTo(less?.width ?? 0, 6);
  });
});
