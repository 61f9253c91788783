// The server's one answer with all that the first picture needs: scene, plan, and the coarsest levels' bytes.
import { PROTOCOL_VERSION, parseServerMessage, type ServerMessage } from "../protocol";

export class OpeningError extends Error {
  override readonly name = "OpeningError";
}

export interface Opening {
  /** As the control socket says them. */
  readonly messages: readonly ServerMessage[];
  /** By the hash of their content. */
  readonly assets: ReadonlyMap<string, Uint8Array<ArrayBuffer>>;
  /** As they came. */
  readonly bytes: number;
}

interface Head {
  readonly protocol_version: number;
  readonly scene: unknown;
  readonly plan: unknown;
  readonly assets: readonly (readonly [string, number])[];
}

/** Null where it does not come: the sockets bring the same, later. The page's header has asked for it already. */
export async function fetchOpening(caseId: string): Promise<Opening | null> {
  try {
    const response = await fetch(`/api/cases/${caseId}/opening`);
    return response.ok ? readOpening(await response.arrayBuffer()) : null;
  } catch (error) {
    console.info("the case opens over its socket", error);
    return null;
  }
}

/** Four bytes of the text's length, the text, and the assets it names one after the other. */
export function readOpening(body: ArrayBuffer): Opening {
  if (body.byteLength < 4) throw new OpeningError("opening without a text");
  const length = new DataView(body).getUint32(0, true);
  let at = 4 + length;
  if (at > body.byteLength) throw new OpeningError("opening that ends in its text");
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(body, 4, length))) as Head;
  if (head.protocol_version !== PROTOCOL_VERSION) throw new OpeningError("opening of another version");
  const assets = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [asset, bytes] of head.assets) {
    if (at + bytes > body.byteLength) throw new OpeningError("opening that ends in its assets");
    assets.set(asset, new Uint8Array(body, at, bytes));
    at += bytes;
  }
  return { messages: [head.scene, head.plan].map(parseServerMessage), assets, bytes: body.byteLength };
}
