// Pages to read and to arrange: the vessels that the plan cuts, and how the model stands in the room.
import { shownNumbers } from "../../session/shown-numbers";
import { formatMm, formatNumber, strings } from "../../strings";
import { chooseHand, toggleFlatCut } from "../../ui-state";
import type { ButtonRow, ToolPage } from "../tool-page";
import { back, listed, type PageParts, stepper, toPage } from "./page-parts";

export function vesselsPage(parts: PageParts): ToolPage {
  const { session, ui } = parts;
  const branches = shownNumbers(session.state.getState())?.numbers.cut_branches ?? [];
  const { litBranch } = ui.getState();
  const sorted = [...branches].sort((one, other) => other.calibre_mm - one.calibre_mm);
  const rows = sorted.map((branch, index) => ({
    id: `vessel-${index}`,
    label: branch.title,
    value: formatMm(branch.calibre_mm),
    active: branch === litBranch,
    press: () => ui.setState({ litBranch: branch }),
    // It stays lit when the ray goes on to the liver.
    hover: (on: boolean) => on && ui.setState({ litBranch: branch }),
  }));
  return {
    title: strings.numbers.vessels,
    note: rows.length === 0 ? [strings.numbers.noVessels] : [strings.xr.vesselHow],
    rows: [
      ...listed(parts, rows, 6),
      [
        {
          ...back(parts),
          press: () => {
            ui.setState({ litBranch: null });
            parts.choose({ page: "main", from: 0 });
          },
        },
      ],
    ],
  };
}

/** What is drawn: the pictures on the cut, the marks on the liver, and the way to the structures. */
export function lookPage(parts: PageParts): ToolPage {
  const { ui } = parts;
  const { showCt, showBands, showSegments, showLosses } = ui.getState();
  return {
    title: strings.xr.look,
    note: [],
    rows: [
      [
        { id: "ct", label: strings.tools.ct, active: showCt, press: () => ui.setState({ showCt: !showCt }) },
        {
          id: "bands",
          label: strings.tools.margins,
          active: showBands,
          press: () => ui.setState({ showBands: !showBands }),
        },
      ],
      [
        {
          id: "segments",
          label: strings.tools.segments,
          active: showSegments,
          press: () => ui.setState({ showSegments: !showSegments }),
        },
        {
          id: "losses",
          label: strings.xr.losses,
          active: showLosses,
          press: () => ui.setState({ showLosses: !showLosses }),
        },
      ],
      ...cutRows(parts),
      [toPage(parts, "slice", strings.slice.title)],
      [toPage(parts, "structures", strings.structures.title)],
      [back(parts)],
    ],
  };
}

const GAP_STEP_MM = 15;

/** The cut laid flat at the wrist, and the liver taken apart. */
function cutRows({ ui, apart, session }: PageParts): readonly ButtonRow[] {
  const { flatCutOpen } = ui.getState();
  const { phase, fraction, gapMm } = apart.state.getState();
  const hasPlan = session.state.getState().plan.resections.length > 0;
  const label =
    phase === "cutting"
      ? `${strings.apart.stop} (${formatNumber(100 * fraction)} %)`
      : phase === "apart"
        ? strings.apart.close
        : strings.apart.title;
  return [
    [
      {
        id: "flat-cut",
        label: strings.flatCut.title,
        active: flatCutOpen,
        enabled: hasPlan || flatCutOpen,
        press: () => toggleFlatCut(ui),
      },
      { id: "apart", label, active: phase !== "whole", enabled: hasPlan, press: () => apart.toggle() },
    ],
    ...(phase === "apart" ? [stepper("gap", formatMm(gapMm), (by) => apart.setGap(gapMm + by * GAP_STEP_MM))] : []),
  ];
}

const SCALE_STEP = 1.25;
const TURN = Math.PI / 8;

/** While a table is aimed at nothing else is offered. */
export function placingPage({ room }: PageParts): ToolPage {
  return {
    title: strings.xr.placeTitle,
    note: strings.xr.placeHow,
    rows: [[{ id: "leave-here", label: strings.xr.placeHere, active: true, press: () => room.leaveHere() }]],
  };
}

export function modelPage(parts: PageParts): ToolPage {
  const { room, ui } = parts;
  const { modelScale, modelLocked, hand, xrMode } = ui.getState();
  if (room.placing() === "aiming") return placingPage(parts);
  return {
    title: strings.xr.model,
    note: modelLocked ? [] : strings.xr.grabHow,
    rows: [
      ...(xrMode === "ar"
        ? [[{ id: "place", label: strings.xr.placeAgain, enabled: room.canPlace(), press: () => room.place() }]]
        : []),
      [
        { id: "smaller", label: "−", press: () => room.setScale(room.scale() / SCALE_STEP) },
        { id: "size", label: strings.xr.scale(formatNumber(modelScale, 1)), press: null },
        { id: "larger", label: "+", press: () => room.setScale(room.scale() * SCALE_STEP) },
      ],
      [
        { id: "true-size", label: strings.xr.trueSize, press: () => room.setScale(1) },
        { id: "fit", label: strings.xr.fit, press: () => room.fit() },
        { id: "bring", label: strings.xr.bringToMe, press: () => room.bring() },
      ],
      [
        { id: "turn-left", label: strings.xr.turnLeft, press: () => room.turn(TURN) },
        { id: "turn-right", label: strings.xr.turnRight, press: () => room.turn(-TURN) },
      ],
      [
        {
          id: "lock",
          label: modelLocked ? strings.xr.unlock : strings.xr.unlocked,
          active: !modelLocked,
          press: () => room.toggleLock(),
        },
      ],
      [
        {
          id: "hand",
          label: strings.xr.hand[hand],
          press: () => chooseHand(ui, hand === "right" ? "left" : "right"),
        },
      ],
      [back(parts)],
    ],
  };
}
