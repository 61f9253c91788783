// Plans side by side: begun, changed and ended from a key, a panel, the palette or a headset.
import type { PlanningApp } from "../planning-app";
import { firstSideBySide, toggledBeside } from "../session/side-by-side";
import { strings } from "../strings";

type Parts = Pick<PlanningApp, "ui" | "session"> & { readonly view?: PlanningApp["view"] };

export function toggleSideBySide(parts: Parts): void {
  const keys = firstSideBySide(parts.session.state.getState());
  if (parts.ui.getState().sideBySide.length > 0) leaveSideBySide(parts);
  else if (keys.length === 0) parts.session.tell(strings.sideBySide.onlyOne, strings.sideBySide.onlyOneCure);
  else choose(parts, keys);
}

export function toggleBeside(parts: Parts, key: string): void {
  const { lookedAt } = parts.session.state.getState().book;
  choose(parts, toggledBeside(parts.ui.getState().sideBySide, key, lookedAt));
}

export function leaveSideBySide(parts: Parts): void {
  choose(parts, []);
}

/** A picture of another shape shows the whole liver again. */
function choose({ ui, view }: Parts, sideBySide: readonly string[]): void {
  ui.setState({ sideBySide });
  requestAnimationFrame(() => view?.frame());
}
