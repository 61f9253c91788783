// Shown and within reach of pointers, or neither.
import type { Group } from "three";

/** Pointers of a headset hit what is hidden too, unless it is told to let them through. */
export function setActive(group: Group, active: boolean): void {
  group.visible = active;
  Object.assign(group, { pointerEvents: active ? "listener" : "none" });
}
