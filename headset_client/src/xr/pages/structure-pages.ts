// The structures one by one: shown or hidden, alone, how dense, in which colour.
import { isAlone, isolated, shownAsAtFirst } from "../../scene/appearance";
import { formatPercent, strings } from "../../strings";
import type { ToolPage } from "../tool-page";
import { back, listed, type PageParts, sceneOf, stepper } from "./page-parts";

const MOST_ROWS = 7;
const OPACITY_STEP = 0.1;
const LEAST_OPACITY = 0.05;
/** Told apart by who sees no red or no green too (Okabe and Ito). */
const COLOURS = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"] as const;

export function structuresPage(parts: PageParts): ToolPage {
  const { appearances } = parts.ui.getState();
  const rows = (sceneOf(parts)?.structures ?? []).map(({ name, title }) => ({
    id: `structure-${name}`,
    label: title,
    value: appearances[name]?.visible ? strings.xr.shown : strings.xr.hidden,
    press: () => parts.choose({ page: "structure" as const, structure: name }),
  }));
  return {
    title: strings.structures.title,
    note: [],
    rows: [...listed(parts, rows, MOST_ROWS), [back(parts, "look")]],
  };
}

export function structurePage(parts: PageParts): ToolPage {
  const { ui, choices } = parts;
  const { appearances } = ui.getState();
  const scene = sceneOf(parts);
  const structure = scene?.structures.find(({ name }) => name === choices.structure);
  const appearance = structure && appearances[structure.name];
  if (!scene || !structure || !appearance) return structuresPage(parts);
  const { name, title } = structure;
  const change = (changed: Partial<typeof appearance>) =>
    ui.setState({ appearances: { ...appearances, [name]: { ...appearance, ...changed } } });
  const alone = isAlone(appearances, name);
  const opacityOf = (by: number) => Math.min(1, Math.max(LEAST_OPACITY, appearance.opacity + by * OPACITY_STEP));
  const colour = appearance.colour ?? structure.colour;
  return {
    title,
    note: [],
    rows: [
      [
        {
          id: "shown",
          label: strings.structures.show(title),
          active: appearance.visible,
          press: () => change({ visible: !appearance.visible }),
        },
      ],
      [
        {
          id: "alone",
          label: alone ? strings.structures.asAtFirst : strings.structures.alone(title),
          active: alone,
          press: () =>
            ui.setState({
              appearances: alone ? shownAsAtFirst(appearances, scene.structures) : isolated(appearances, name),
            }),
        },
      ],
      stepper("opacity", formatPercent(100 * appearance.opacity), (by) => change({ opacity: opacityOf(by) })),
      [
        {
          id: "colour",
          label: strings.structures.colour(title),
          press: () => change({ colour: COLOURS[(COLOURS.indexOf(colour as never) + 1) % COLOURS.length] as string }),
        },
      ],
      [back(parts, "structures")],
    ],
  };
}
