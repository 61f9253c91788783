// What passes between the page and the worker that decodes; buffers are handed over, not copied.
import type { MeshPiece } from "./mesh-pieces";

export type DecodeRequest =
  | { readonly id: number; readonly kind: "mesh"; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly id: number; readonly kind: "inflate"; readonly bytes: Uint8Array<ArrayBuffer> };

export type DecodeAnswer =
  | { readonly id: number; readonly kind: "mesh"; readonly pieces: readonly MeshPiece[] }
  | { readonly id: number; readonly kind: "inflate"; readonly samples: Uint8Array<ArrayBuffer> }
  | { readonly id: number; readonly kind: "failed"; readonly reason: string };
