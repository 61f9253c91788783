import { beforeEach, describe, expect, it } from "vitest";
import type { StructureAsset } from "../../src/protocol";
import { createUiStore, type UiStore } from "../../src/ui-state";
import type { PageChoices, PageParts } from "../../src/xr/pages/page-parts";
import { structurePage, structuresPage } from "../../src/xr/pages/structure-pages";

const NAMES = [
  "liver",
  "portal_vein",
  "hepatic_veins",
  "spleen",
  "gallbladder",
  "aorta",
  "stomach",
  "tumour_01",
  "body",
];
const structures = NAMES.map((name) => ({ name, title: name, colour: "#808080" }) as StructureAsset);

let ui: UiStore;
let choices: Partial<PageChoices>;

function parts(): PageParts {
  const session = { state: { getState: () => ({ scene: { structures } }) } };
  return {
    ui,
    session,
    choices,
    choose: (change: Partial<PageChoices>) => Object.assign(choices, change),
  } as unknown as PageParts;
}

function press(id: string): void {
  const page = choices.page === "structure" ? structurePage(parts()) : structuresPage(parts());
  const button = page.rows.flat().find((one) => one.id === id);
  expect(button, id).toBeDefined();
  button?.press?.();
}

describe("structures on the board", () => {
  beforeEach(() => {
    ui = createUiStore();
    ui.setState({ appearances: Object.fromEntries(NAMES.map((name) => [name, { visible: true, opacity: 0.5 }])) });
    choices = { page: "structures", from: 0, structure: null };
  });

  it("are listed as many as fit, and the rest a press away", () => {
    expect(structuresPage(parts()).rows).toHaveLength(8);
    press("more");
    press("structure-body");
    expect(choices).toMatchObject({ page: "structure", structure: "body" });
  });

  it("are hidden, shown alone and brought back", () => {
    press("structure-portal_vein");
    press("shown");
    expect(ui.getState().appearances.portal_vein?.visible).toBe(false);
    press("alone");
    const seen = () => NAMES.filter((name) => ui.getState().appearances[name]?.visible);
    expect(seen()).toEqual(["portal_vein"]);
    press("alone");
    expect(seen()).toHaveLength(NAMES.length - 1);
  });

  it("become denser and thinner between barely seen and opaque, and change their colour", () => {
    press("structure-liver");
    for (let n = 0; n < 9; n++) press("opacity-more");
    expect(ui.getState().appearances.liver?.opacity).toBe(1);
    for (let n = 0; n < 20; n++) press("opacity-less");
    expect(ui.getState().appearances.liver?.opacity).toBe(0.05);
    press("colour");
    const first = ui.getState().appearances.liver?.colour;
    press("colour");
    expect([first, ui.getState().appearances.liver?.colour]).toEqual(["#e69f00", "#56b4e9"]);
  });
});
