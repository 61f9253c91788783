// Why a person's role does not let them do something, in words; undefined where it does.
import type { PlanningApp } from "../planning-app";

import { LEAST_ROLE, type Role } from "../protocol";
import { atLeast, type MessageTag, mayRole, refusalWords } from "../session/roles";
import { strings } from "../strings";
import { useSession } from "./use-app";

export function useRefusal(app: PlanningApp, tag: MessageTag): string | undefined {
  const role = useSession(app, (state) => state.me?.role);
  const past = useSession(app, (state) => state.past !== null);
  if (past && LEAST_ROLE[tag] !== "viewer") return `${strings.replay.notLive} ${strings.replay.notLiveCure}`;
  return mayRole(role, tag) ? undefined : refusalWords(role);
}

/** For what is asked of the server by other ways than messages. */
export function useRefusalBelow(app: PlanningApp, least: Role): string | undefined {
  const role = useSession(app, (state) => state.me?.role);
  return role === undefined || atLeast(role, least) ? undefined : refusalWords(role);
}
