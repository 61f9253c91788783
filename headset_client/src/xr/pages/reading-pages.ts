// Pages to read and to arrange: the vessels that the plan cuts, and how the model stands in the room.
import { shownNumbers } from "../../session/shown-numbers";
import { formatMm, formatNumber, strings } from "../../strings";
import { chooseHand } from "../../ui-state";
import type { ToolPage } from "../tool-page";
import { back, listed, type PageParts } from "./page-parts";

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
    press: () => ui.setState({ litBranch: branch === litBranch ? null : branch }),
    hover: (on: boolean) => {
      if (on) ui.setState({ litBranch: branch });
    },
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

const SCALE_STEP = 1.25;
const TURN = Math.PI / 8;

export function modelPage(parts: PageParts): ToolPage {
  const { room, ui } = parts;
  const { modelScale, modelLocked, hand } = ui.getState();
  return {
    title: strings.xr.model,
    note: modelLocked ? [] : strings.xr.grabHow,
    rows: [
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
