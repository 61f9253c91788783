// What a role may do, by the server's own table. The server judges; this only says so beforehand.
import { type AssetMessage, type ClientMessage, LEAST_ROLE, type Role } from "../protocol";
import { strings } from "../strings";

export type MessageTag = (ClientMessage | AssetMessage)["type"];

export const ROLES = ["viewer", "editor", "owner"] as const satisfies readonly Role[];

/** Before the server said what somebody is, nothing is refused. */
export function mayRole(role: Role | undefined, tag: MessageTag): boolean {
  return role === undefined || atLeast(role, LEAST_ROLE[tag]);
}

export function atLeast(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(least);
}

/** Why not, in words. */
export function refusalWords(role: Role | undefined): string {
  return `${role === "viewer" ? strings.roles.viewerMayNot : strings.roles.ownersOnly} ${strings.roles.cure}`;
}
