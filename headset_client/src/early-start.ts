// What can begin before three.js and React have come: the session, the decoding worker and the coarsest levels.
import { type Decoder, startDecoder } from "./decode/decoder";
import type { MeshPiece } from "./decode/mesh-pieces";
import type { Device } from "./protocol";
import { importance } from "./scene/level-choice";
import { PlanningSession } from "./session/planning-session";

export interface EarlyStart {
  readonly session: PlanningSession;
  readonly decoder: Decoder;
  /** A coarsest level that was asked for early; it is handed out once. */
  takePieces(asset: string): Promise<readonly MeshPiece[]> | undefined;
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
  const decoder = startDecoder();
  const pieces = new Map<string, Promise<readonly MeshPiece[]>>();
  const stop = session.state.subscribe(({ scene }) => {
    if (!scene) return;
    stop();
    for (const structure of scene.structures) {
      const asset = structure.levels.at(-1)?.asset;
      if (asset === undefined || pieces.has(asset)) continue;
      const loading = session.assets.get(asset, importance(structure)).then((bytes) => decoder.mesh(bytes));
      // Whoever takes it hears of the failure; until then nobody does.
      loading.catch(() => undefined);
      pieces.set(asset, loading);
    }
  });
  session.open();
  return {
    session,
    decoder,
    takePieces(asset) {
      const loading = pieces.get(asset);
      pieces.delete(asset);
      return loading;
    },
  };
}

function deviceKind(): Device {
  if (/OculusBrowser|Quest|PicoBrowser|Vision/i.test(navigator.userAgent)) return "headset";
  return matchMedia("(pointer: coarse)").matches ? "tablet" : "desktop";
}
