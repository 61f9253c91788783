// The first page: what can be done to the chosen cut, and the way to everything else.
import { cutName } from "../../panels/cut-names";
import type { ResectionState } from "../../protocol";
import { shownNumbers } from "../../session/shown-numbers";
import { formatMm, strings } from "../../strings";
import { nextScope } from "../../tools/keyboard";
import { isMeasuring, isPointing } from "../../ui-state";
import type { ButtonRow, ButtonSpec, ToolPage } from "../tool-page";
import { measuringPage } from "./notes-pages";
import { type PageParts, planOf, sceneOf, stepper, toPage } from "./page-parts";
import { placingPage } from "./reading-pages";
import { voiceRow } from "./voice-page";

const START_MARGIN_MM = 10;
const MOST_MARGIN_MM = 30;

export function mainPage(parts: PageParts): ToolPage {
  const { tool } = parts.ui.getState();
  if (parts.room.placing() === "aiming") return placingPage(parts);
  if (isMeasuring(tool)) return measuringPage(parts, tool);
  if (tool !== "handle") return toolPage(parts, isPointing(tool) ? strings.pointing.now[tool] : strings.cuts.drawNow);
  const selected = parts.editor.selected;
  const mayEdit = parts.session.may("resection.commit");
  const cut = shownNumbers(parts.session.state.getState())?.numbers.cut_branches;
  return {
    title: selected ? cutName(selected, sceneOf(parts)) : strings.numbers.empty,
    note: !mayEdit ? [strings.roles.viewerMayNot] : selected ? [] : [strings.xr.startHere],
    rows: [
      [
        toPage(parts, "add", strings.xr.add, mayEdit),
        toPage(parts, "proposals", strings.xr.proposals),
        toPage(parts, "plans", strings.plans.title),
      ],
      ...(selected ? [...chooser(parts, selected), ...byRole(cutRows(parts, selected), mayEdit)] : []),
      ...byRole([takeBack(parts)], mayEdit),
      ...voiceRow(parts),
      [
        toPage(parts, "vessels", strings.xr.vessels(cut?.length ?? 0), (cut?.length ?? 0) > 0),
        toPage(parts, "look", strings.xr.look),
      ],
      [
        toPage(parts, "model", strings.xr.model),
        toPage(parts, "notes", strings.measuring.xr),
        { id: "leave", label: strings.xr.leave, press: () => parts.leave() },
      ],
    ],
  };
}

/** Greyed out, not hidden, where the person's role lets them change nothing. */
function byRole(rows: readonly ButtonRow[], mayEdit: boolean): readonly ButtonRow[] {
  return mayEdit ? rows : rows.map((row) => row.map((button) => ({ ...button, enabled: false })));
}

/** What this person did last, taken back or done again. */
function takeBack({ session, editor }: PageParts): ButtonRow {
  const { undo, redo } = session.state.getState().undoable;
  return [
    { id: "undo", label: strings.xr.undo, enabled: undo !== null, press: () => editor.undo() },
    { id: "redo", label: strings.xr.redo, enabled: redo !== null, press: () => editor.redo() },
  ];
}

/** While a line is drawn or something is pointed at, nothing else is offered. */
function toolPage(parts: PageParts, title: string): ToolPage {
  const done: ButtonSpec = {
    id: "done",
    label: strings.pointing.done,
    active: true,
    press: () => parts.ui.setState({ tool: "handle" }),
  };
  const drawing = parts.ui.getState().tool === "draw";
  return { title, rows: [[done]], note: drawing ? strings.xr.drawHow : strings.xr.pointHow };
}

function cutRows(parts: PageParts, selected: ResectionState): readonly ButtonRow[] {
  const { editor } = parts;
  const locked = editor.isLocked(selected.resection_id);
  return [
    ...kindRows(parts, selected),
    [
      { id: "flip", label: strings.xr.flip, enabled: selected.kind !== "wedge", press: () => editor.flip() },
      fine(parts),
    ],
    [
      { id: "copy", label: strings.xr.copy, enabled: selected.kind !== "territory", press: () => editor.duplicate() },
      {
        id: "lock-cut",
        label: locked ? strings.xr.unlockCut : strings.xr.lockCut,
        active: locked,
        press: () => editor.toggleLock(),
      },
      { id: "remove", label: strings.xr.remove, press: () => editor.remove() },
    ],
  ];
}

/** Which of several cuts the tools are for. */
function chooser(parts: PageParts, selected: ResectionState): readonly ButtonRow[] {
  const plan = planOf(parts);
  if (plan.length < 2) return [];
  const index = plan.findIndex((one) => one.resection_id === selected.resection_id);
  const go = (by: number) => {
    const next = plan[(index + by + plan.length) % plan.length];
    if (next) parts.editor.select(next.resection_id);
  };
  return [
    [
      { id: "previous-cut", label: "‹", press: () => go(-1) },
      { id: "cuts", label: strings.xr.cutOf(index + 1, plan.length), press: null },
      { id: "next-cut", label: "›", press: () => go(1) },
    ],
  ];
}

function kindRows(parts: PageParts, selected: ResectionState): readonly ButtonRow[] {
  const { editor, ui } = parts;
  switch (selected.kind) {
    case "plane":
      return [
        [
          { id: "bend", label: strings.xr.bend, press: () => editor.makeCurved() },
          toPage(parts, "veins", strings.xr.veins),
        ],
      ];
    case "surface": {
      const { bendScope } = ui.getState();
      return [
        [
          {
            id: "bend",
            label: strings.xr.next(strings.xr.bends(strings.cuts.scopes[bendScope])),
            press: () => ui.setState({ bendScope: nextScope(bendScope) }),
          },
        ],
      ];
    }
    case "wedge": {
      const margin = selected.margin_mm ?? START_MARGIN_MM;
      if (selected.tumour === null) return [];
      const said = selected.margin_mm === null ? strings.cuts.movedByHand : strings.xr.margin(formatMm(margin));
      return [stepper("margin", said, (by) => editor.setMargin(Math.min(MOST_MARGIN_MM, Math.max(0, margin + by))))];
    }
    case "territory":
      return [pointers(parts)];
  }
}

function fine({ ui }: PageParts): ButtonSpec {
  const { fine: on } = ui.getState();
  return { id: "fine", label: strings.cuts.fine, active: on, press: () => ui.setState({ fine: !on }) };
}

export function pointers(parts: PageParts): ButtonRow {
  const scene = sceneOf(parts);
  const start = (tool: "segment" | "branch") => () => {
    // Segments are pointed at by their colours.
    parts.ui.setState(tool === "segment" ? { tool, showSegments: true } : { tool });
    parts.choose({ page: "main", from: 0 });
  };
  return [
    {
      id: "point-segment",
      label: strings.xr.pointSegment,
      enabled: (scene?.segments.length ?? 0) > 0,
      press: start("segment"),
    },
    {
      id: "point-branch",
      label: strings.xr.pointBranch,
      enabled: (scene?.branches ?? []).some((branch) => branch.tree === "portal"),
      press: start("branch"),
    },
  ];
}
