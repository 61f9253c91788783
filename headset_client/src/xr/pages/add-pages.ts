// Adding cuts: the kinds, a wedge around a tumour, a resection by its name, a plane through veins.
import { gltfFromLps } from "../../geometry/patient-frame";
import type { BranchAsset } from "../../protocol";
import { formatMl, formatMm, formatNumber, strings } from "../../strings";
import type { ButtonSpec, ToolPage } from "../tool-page";
import { pointers } from "./main-page";
import { andBack, back, listed, type PageParts, sceneOf, stepper, toPage, tumoursOf } from "./page-parts";

const MOST_MARGIN_MM = 30;

export function addPage(parts: PageParts): ToolPage {
  const { editor, ui } = parts;
  const named = (sceneOf(parts)?.territories.length ?? 0) > 0;
  return {
    title: strings.cuts.titles.menu,
    note: [],
    rows: [
      [
        { id: "plane", label: strings.xr.plane, press: andBack(parts, () => editor.place("plane")) },
        { id: "curved", label: strings.xr.curved, press: andBack(parts, () => editor.place("surface")) },
      ],
      [
        { id: "line", label: strings.xr.line, press: andBack(parts, () => ui.setState({ tool: "draw" })) },
        toPage(parts, "veins", strings.xr.throughVeins),
      ],
      [toPage(parts, "wedge", strings.cuts.titles.wedge, tumoursOf(parts).length > 0)],
      pointers(parts),
      [toPage(parts, "named", strings.cuts.named, named)],
      [back(parts)],
    ],
  };
}

export function wedgePage(parts: PageParts): ToolPage {
  const { choices, choose, editor } = parts;
  const tumours = tumoursOf(parts);
  const chosen = tumours.find((tumour) => tumour.name === choices.tumour) ?? tumours[0];
  const rows = tumours.map((tumour) => ({
    id: tumour.name,
    label: tumour.title,
    value:
      tumour.longest_axial_mm === null
        ? formatMl(tumour.volume_ml)
        : strings.structures.diameter(`${formatNumber(tumour.longest_axial_mm)}\u00a0mm`),
    active: tumour === chosen,
    press: () => choose({ tumour: tumour.name }),
  }));
  const shape = (one: "spheroid" | "cone"): ButtonSpec => ({
    id: one,
    label: strings.cuts.shapes[one],
    active: choices.shape === one,
    press: () => choose({ shape: one }),
  });
  return {
    title: strings.cuts.titles.wedge,
    note: [],
    rows: [
      ...listed(parts, rows, 3),
      stepper("wedge-margin", strings.xr.margin(formatMm(choices.marginMm)), (by) =>
        choose({ marginMm: Math.min(MOST_MARGIN_MM, Math.max(0, choices.marginMm + by)) }),
      ),
      [shape("spheroid"), shape("cone")],
      [
        {
          id: "cut-around",
          label: strings.cuts.cutAround,
          enabled: chosen !== undefined,
          press: andBack(parts, () => chosen && editor.placeAround(chosen.name, choices.marginMm, choices.shape)),
        },
      ],
      [back(parts, "add")],
    ],
  };
}

export function namedPage(parts: PageParts): ToolPage {
  const territories = sceneOf(parts)?.territories ?? [];
  const rows = territories.map((territory) => ({
    id: territory.name,
    label: territory.title,
    value: formatMl(territory.volume_ml),
    press: andBack(parts, () => parts.editor.placeTerritory(territory.segments)),
  }));
  return { title: strings.cuts.named, note: [], rows: [...listed(parts, rows, 6), [back(parts, "add")]] };
}

export function veinsPage(parts: PageParts): ToolPage {
  const { choices, choose, editor, ui } = parts;
  const veins = namedVeins(sceneOf(parts)?.branches ?? []);
  const rows = [...veins].map(([name, branches]) => ({
    id: `vein-${name}`,
    label: branches[0]?.title ?? name,
    value: formatMm(Math.max(...branches.map((branch) => branch.calibre_mm))),
    active: choices.veins.includes(name),
    press: () => {
      const kept = choices.veins.filter((one) => one !== name && veins.has(one)).slice(-1);
      const chosen = choices.veins.includes(name) ? kept : [...kept, name];
      choose({ veins: chosen });
      editor.snapTo(chosen.map((one) => lineOf(veins.get(one) ?? [])));
    },
  }));
  const pointing: ButtonSpec = {
    id: "point-vein",
    label: strings.xr.pointVein,
    press: andBack(parts, () => ui.setState({ tool: "vein" })),
  };
  return {
    title: strings.pointing.atVein,
    note: [strings.pointing.now.vein],
    rows: [...listed(parts, rows, 4), [pointing], [back(parts)]],
  };
}

function namedVeins(branches: readonly BranchAsset[]): ReadonlyMap<string, readonly BranchAsset[]> {
  const veins = new Map<string, BranchAsset[]>();
  for (const branch of branches) {
    if (branch.tree !== "hepatic" || branch.name === "") continue;
    veins.set(branch.name, [...(veins.get(branch.name) ?? []), branch]);
  }
  return veins;
}

function lineOf(branches: readonly BranchAsset[]) {
  return branches.flatMap((branch) => branch.line_lps_mm.map((point) => gltfFromLps(point)));
}
