// What can begin before three.js and React have come: the session, and what the first picture is drawn from.
import type { Device } from "./protocol";
import { fetchOpening, type Opening } from "./session/opening";
import { PlanningSession } from "./session/planning-session";

export interface EarlyStart {
  readonly session: PlanningSession;
  /** What the first picture is drawn from; null where it did not come at once, and the sockets bring it. */
  readonly opening: Promise<Opening | null>;
}

let started: { readonly caseId: string; readonly early: EarlyStart } | null = null;

/** The case that a page's address names. */
export function caseIdOf(pathname: string): string | undefined {
  return /^\/cases\/([A-Za-z0-9_.-]+)\/?$/.exec(pathname)?.[1];
}

export function startEarly(caseId: string): void {
  started = { caseId, early: start(caseId) };
}

/** What was started for the case, or a new start; each is taken once. */
export function takeEarlyStart(caseId: string): EarlyStart {
  const early = started?.caseId === caseId ? started.early : start(caseId);
  started = null;
  return early;
}

function start(caseId: string): EarlyStart {
  const session = new PlanningSession(location.origin, { caseId, displayName: "", device: deviceKind() });
  const opening = fetchOpening(caseId);
  void opening.then((opened) => {
    if (opened) session.foresee(opened.messages);
  });
  session.open();
  return { session, opening };
}

function deviceKind(): Device {
  if (/OculusBrowser|Quest|PicoBrowser|Vision/i.test(navigator.userAgent)) return "headset";
  return matchMedia("(pointer: coarse)").matches ? "tablet" : "desktop";
}
