// What a hand does to a resection: carry the whole, bend a curved surface by its control points, resize a wedge.
import { type Matrix4, type Quaternion, Vector3 } from "three";
import { MM_PER_METRE } from "../geometry/patient-frame";
import { carried } from "../geometry/resection-move";
import { groupOf, withMoved } from "../geometry/surface-groups";
import { netFromResection } from "../geometry/surface-pose";
import { freed, resized, type WedgeKnob } from "../geometry/wedge-pose";
import type { ResectionState } from "../protocol";
import type { PlanningScene } from "../scene/planning-scene";
import { wedgeKnobDirection, wedgeKnobPosition } from "../scene/wedge-handles";
import type { PlanEditor } from "../tools/plan-editor";
import { bent } from "../tools/resection-drags";
import type { UiStore } from "../ui-state";
import type { Grip } from "./resection-grab";

export interface GripParts {
  readonly editor: PlanEditor;
  readonly ui: UiStore;
  scene(): PlanningScene;
}

/** The sheet or shell itself: the whole cut follows the hand. */
export function bodyGrip(parts: GripParts, resectionId: string): Grip {
  return grip(parts, {
    resection: () => parts.scene().plan.resections.get(resectionId)?.resection ?? null,
    locate: (_, position, quaternion) => {
      const group = parts.scene().plan.resections.get(resectionId)?.view.group;
      if (!group) return;
      position.copy(group.position);
      quaternion.copy(group.quaternion);
    },
    moved: (resection, motion) => carried(resection, motion),
  });
}

const at = new Vector3();

/** A control point and what its group takes along. */
export function controlGrip(parts: GripParts, index: number): Grip {
  return grip(parts, {
    resection: () => selectedOf(parts, "surface"),
    locate: (resection, position, quaternion) => {
      if (resection.kind === "surface") position.fromArray(netFromResection(resection), 3 * index);
      quaternion.identity();
    },
    started: () => parts.ui.setState({ bendPoint: index }),
    moved: (resection, motion) => {
      if (resection.kind !== "surface") return resection;
      const net = netFromResection(resection);
      at.fromArray(net, 3 * index);
      const by = at.clone().applyMatrix4(motion).sub(at);
      return bent(resection, withMoved(net, groupOf(index, parts.ui.getState().bendScope), by));
    },
  });
}

export function sizeGrip(parts: GripParts, knob: WedgeKnob): Grip {
  return grip(parts, {
    resection: () => selectedOf(parts, "wedge"),
    locate: (resection, position, quaternion) => {
      if (resection.kind === "wedge") wedgeKnobPosition(resection, knob, position);
      quaternion.identity();
    },
    moved: (resection, motion) => {
      if (resection.kind !== "wedge") return resection;
      wedgeKnobPosition(resection, knob, at);
      const way = at.clone().applyMatrix4(motion).sub(at).dot(wedgeKnobDirection(resection, knob));
      return freed(resection, resized(resection.geometry, knob, way * MM_PER_METRE));
    },
  });
}

function selectedOf(parts: GripParts, kind: ResectionState["kind"]): ResectionState | null {
  const { selected } = parts.editor;
  return selected?.kind === kind ? selected : null;
}

interface GripActions {
  resection(): ResectionState | null;
  locate(resection: ResectionState, position: Vector3, quaternion: Quaternion): void;
  started?(): void;
  /** What becomes of the resection that was taken. */
  moved(resection: ResectionState, motion: Matrix4): ResectionState;
}

function grip(parts: GripParts, actions: GripActions): Grip {
  let taken: ResectionState | null = null;
  return {
    locate: (position, quaternion) => {
      const resection = actions.resection();
      if (!resection || parts.ui.getState().tool !== "handle") return false;
      actions.locate(resection, position, quaternion);
      return true;
    },
    begin: () => {
      taken = actions.resection();
      if (!taken || !parts.editor.begin(taken)) return false;
      actions.started?.();
      return true;
    },
    move: (motion) => {
      if (!taken) return;
      const moved = actions.moved(taken, motion);
      if (moved !== taken) parts.editor.move(moved);
    },
    end: () => parts.editor.end(),
  };
}
