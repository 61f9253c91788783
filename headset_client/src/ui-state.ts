// What this person chose on this device: never shared, never sent.
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Appearance } from "./scene/appearance";
import type { LoadProgress } from "./scene/scene-loader";

export type HandleMode = "move" | "rotate";

export interface UiState {
  readonly selected: string | null;
  readonly handleMode: HandleMode;
  readonly appearances: Readonly<Record<string, Appearance>>;
  readonly showCt: boolean;
  readonly showBands: boolean;
  readonly showSegments: boolean;
  readonly progress: LoadProgress | null;
  readonly helpOpen: boolean;
  readonly xrMode: "desktop" | "vr" | "ar";
  readonly modelLocked: boolean;
  readonly modelScale: number;
}

export type UiStore = StoreApi<UiState>;

export function createUiStore(): UiStore {
  return createStore<UiState>(() => ({
    selected: null,
    handleMode: "move",
    appearances: {},
    showCt: true,
    showBands: true,
    showSegments: false,
    progress: null,
    helpOpen: false,
    xrMode: "desktop",
    modelLocked: true,
    modelScale: 1,
  }));
}
