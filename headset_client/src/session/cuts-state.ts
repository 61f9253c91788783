// What this person asked about cuts: one laid flat, and the liver in parts; answered by the server to them alone.
import type { Parts, PartsEnded, PartsProgress, Resectogram, ResectogramFailed } from "../protocol";

export interface CutsState {
  /** The last picture; whether it is still that of the plan, its revision says. */
  readonly picture: Resectogram | null;
  /** Why the last question has no picture. */
  readonly noPicture: { readonly requestId: string; readonly message: string; readonly cure: string } | null;
  /** 0 to 1 while the liver is being cut; null where it is not. */
  readonly cutting: { readonly requestId: string; readonly fraction: number } | null;
  readonly parts: Parts | null;
  /** The last request for parts that ended without them. */
  readonly ended: string | null;
}

export const NO_CUTS: CutsState = { picture: null, noPicture: null, cutting: null, parts: null, ended: null };

export type CutsMessage = Resectogram | ResectogramFailed | PartsProgress | Parts | PartsEnded;

export function reduceCuts(cuts: CutsState, message: CutsMessage): CutsState {
  switch (message.type) {
    case "resectogram":
      return { ...cuts, picture: message, noPicture: null };
    case "resectogram.failed": {
      const { request_id: requestId, message: what, cure } = message;
      return { ...cuts, picture: null, noPicture: { requestId, message: what, cure } };
    }
    case "parts.progress":
      return { ...cuts, cutting: { requestId: message.request_id, fraction: message.fraction } };
    case "parts":
      return { ...cuts, cutting: null, parts: message };
    case "parts.ended":
      return {
        ...cuts,
        cutting: cuts.cutting?.requestId === message.request_id ? null : cuts.cutting,
        ended: message.request_id,
      };
  }
}
