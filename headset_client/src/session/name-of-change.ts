// What a change was about, in a few words, for who has to be told that it was not saved.
import type { ResectionState } from "../protocol";
import { strings } from "../strings";
import type { PlanOperation } from "./pending-operation";

export function nameOfChange(message: PlanOperation, resections: readonly ResectionState[]): string {
  switch (message.type) {
    case "resection.commit":
      return nameOfCut(message.resection.resection_id, resections);
    case "resection.remove":
    case "resection.through_line":
    case "resection.around_tumour":
    case "resection.territory":
      return nameOfCut(message.resection_id, resections);
    case "body.set":
      return strings.unsaved.body;
    case "edit.undo":
      return strings.unsaved.undo;
    case "edit.redo":
      return strings.unsaved.redo;
    default:
      return strings.unsaved.plan;
  }
}

function nameOfCut(resectionId: string, resections: readonly ResectionState[]): string {
  const place = resections.findIndex((one) => one.resection_id === resectionId);
  return place < 0 ? strings.unsaved.newCut : strings.unsaved.cut(place + 1);
}
