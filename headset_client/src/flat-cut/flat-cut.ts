// The chosen cut laid flat: asks for it after every change of the plan, and links its places with the scene both ways.
import { Matrix4, Ray, Vector3 } from "three";
import { createStore, type StoreApi } from "zustand/vanilla";
import { gltfDirectionFromLps, gltfFromLps, lpsDirectionFromGltf, lpsFromGltf } from "../geometry/patient-frame";
import type { CutBranch, Resectogram, SceneManifest, SheetVessel } from "../protocol";
import type { PlanningScene } from "../scene/planning-scene";
import { displayedPlan } from "../session/displayed-plan";
import type { PlanningSession } from "../session/planning-session";
import { shownNumbers } from "../session/shown-numbers";
import { formatMm, strings } from "../strings";
import type { PlanEditor } from "../tools/plan-editor";
import type { UiStore } from "../ui-state";
import { type PlaceUv, placeOnRay, type Read, readAt, type Sheet, sheetOf } from "./sheet";

/** Before finer meshes and volumes: somebody waits for it. */
const PRIORITY = -50;
/** How far the pin at a pointed place stands out towards the resected side, metres. */
const PIN_M = 0.022;
const SAME_PLACE_MM = 1.5;

export interface FlatCutState {
  /** The sheets of the picture; null before the first. */
  readonly sheets: readonly Sheet[] | null;
  readonly resectionId: string | null;
  /** The sheet that is looked at. */
  readonly index: number;
  /** The picture is not that of what is displayed: a newer one is on its way, or a hand still moves. */
  readonly stale: boolean;
  readonly failure: { readonly message: string; readonly cure: string } | null;
  /** What a pointer in the picture or in the scene is on. */
  readonly pointed: Read | null;
}

const NOTHING: FlatCutState = {
  sheets: null,
  resectionId: null,
  index: 0,
  stale: false,
  failure: null,
  pointed: null,
};

export interface FlatCutParts {
  readonly session: PlanningSession;
  readonly ui: UiStore;
  readonly editor: PlanEditor;
  scene(): PlanningScene;
}

export class FlatCut {
  readonly state: StoreApi<FlatCutState> = createStore(() => NOTHING);
  readonly #parts: FlatCutParts;
  readonly #patientFromWorld = new Matrix4();
  readonly #ray = new Ray();
  readonly #stop: readonly (() => void)[];
  #asked: { readonly requestId: string; readonly about: string; readonly scene: SceneManifest | null } | null = null;
  #taken: Resectogram | null = null;

  constructor(parts: FlatCutParts) {
    this.#parts = parts;
    const follow = () => this.#follow();
    this.#stop = [
      parts.session.state.subscribe(follow),
      parts.ui.subscribe((now, before) => {
        if (now.flatCutOpen !== before.flatCutOpen || now.selected !== before.selected) follow();
      }),
    ];
  }

  get sheet(): Sheet | null {
    const { sheets, index } = this.state.getState();
    return sheets?.[index] ?? null;
  }

  get isOpen(): boolean {
    return this.#parts.ui.getState().flatCutOpen;
  }

  dispose(): void {
    for (const stop of this.#stop) stop();
  }

  look(index: number): void {
    this.point(null);
    this.state.setState({ index });
  }

  /** A pointer or the keyboard is on a place of the picture: the scene marks it. */
  point(place: PlaceUv | null): void {
    const { sheet } = this;
    this.#show(sheet && place ? readAt(sheet, place) : null);
  }

  /** A ray in the world is on the cut: the picture marks the place. */
  pointBy(ray: Ray | null): void {
    const { sheets, pointed } = this.state.getState();
    if (!sheets || !ray || this.#parts.ui.getState().tool !== "handle" || this.state.getState().stale) {
      if (pointed) this.#show(null);
      return;
    }
    const { patient } = this.#parts.scene();
    this.#patientFromWorld.copy(patient.matrixWorld).invert();
    this.#ray.copy(ray).applyMatrix4(this.#patientFromWorld);
    const origin = lpsFromGltf(this.#ray.origin);
    const direction = lpsDirectionFromGltf(this.#ray.direction);
    let best: { readonly index: number; readonly read: Read; readonly away: number } | null = null;
    sheets.forEach((sheet, index) => {
      const read = placeOnRay(sheet, origin, direction);
      if (read && (!best || read.away < best.away)) best = { index, read, away: read.away };
    });
    const found = best as { index: number; read: Read } | null;
    if (found) this.state.setState({ index: found.index });
    this.#show(found?.read ?? null);
  }

  /** Lights the vessel up as the list of cut vessels does; null dims it. */
  light(vessel: SheetVessel | null): void {
    this.#parts.ui.setState({ litBranch: vessel && this.#branchOf(vessel) });
  }

  /** The vessel of the picture that is lit up, by whoever. */
  litVessel(sheet: Sheet): SheetVessel | null {
    const { litBranch } = this.#parts.ui.getState();
    return (litBranch && sheet.about.vessels.find((vessel) => isSame(vessel, litBranch))) ?? null;
  }

  #branchOf(vessel: SheetVessel): CutBranch | null {
    const cut = shownNumbers(this.#parts.session.state.getState())?.numbers.cut_branches;
    return cut?.find((branch) => isSame(vessel, branch)) ?? null;
  }

  #show(read: Read | null): void {
    if (read === this.state.getState().pointed) return;
    this.state.setState({ pointed: read });
    const { pointedMark } = this.#parts.scene().plan;
    const { sheet } = this;
    if (!read || !sheet) {
      pointedMark.show(null);
      return;
    }
    const point = gltfFromLps(read.point);
    const outwards = gltfDirectionFromLps(sheet.about.viewer_lps).multiplyScalar(PIN_M);
    pointedMark.show({ words: wordsOf(read), point, lines: [[point, new Vector3().addVectors(point, outwards)]] });
  }

  /** Asks where there is something new to ask for, and takes answers over. */
  #follow(): void {
    const { session, ui, editor } = this.#parts;
    if (!ui.getState().flatCutOpen) {
      if (this.state.getState().pointed) this.#show(null);
      this.#asked = null;
      return;
    }
    const state = session.state.getState();
    const { plan, cuts, connection, pending, scene } = state;
    const chosen = plan.resections.find((one) => one.resection_id === editor.selected?.resection_id);
    const resection = chosen ?? plan.resections[0];
    if (!resection) {
      this.#asked = null;
      this.#taken = null;
      if (this.state.getState().sheets || this.state.getState().pointed) this.#show(null);
      this.#set({ ...NOTHING });
      return;
    }
    const moving = pending.length > 0 || displayedPlan(state).some(({ heldBy }) => heldBy !== null);
    const about = `${resection.resection_id} ${plan.revision}`;
    if (connection.kind === "online" && !moving && !(this.#asked?.about === about && this.#asked.scene === scene)) {
      const requestId = session.askResectogram(resection.resection_id);
      this.#asked = requestId === null ? null : { requestId, about, scene };
    }
    const { picture, noPicture } = cuts;
    const answered = picture !== null && picture.request_id === this.#asked?.requestId;
    if (answered && picture !== this.#taken) {
      this.#taken = picture;
      void this.#take(picture);
    }
    const fresh = this.#taken !== null && this.#taken.request_id === this.#asked?.requestId && !moving;
    const failure = noPicture?.requestId === this.#asked?.requestId ? noPicture : null;
    if (failure) this.#set({ ...NOTHING, failure });
    else this.#set({ stale: !fresh, failure: null });
  }

  #set(change: Partial<FlatCutState>): void {
    const known = this.state.getState();
    const isNew = Object.entries(change).some(([key, value]) => known[key as keyof FlatCutState] !== value);
    if (isNew) this.state.setState(change);
  }

  async #take(picture: Resectogram): Promise<void> {
    const { assets } = this.#parts.session;
    try {
      const sheets = await Promise.all(
        picture.sheets.map(async (about) => sheetOf(about, await assets.get(about.asset, PRIORITY))),
      );
      if (this.#taken !== picture) return;
      const known = this.state.getState();
      const same = known.resectionId === picture.resection_id && known.index < sheets.length;
      this.#show(null);
      this.state.setState({ sheets, resectionId: picture.resection_id, index: same ? known.index : 0 });
    } catch (error) {
      console.warn("the picture of a cut did not come", error);
      if (this.#taken === picture) this.#set({ failure: strings.flatCut.lost });
    }
  }
}

function isSame(vessel: SheetVessel, branch: CutBranch): boolean {
  if (vessel.branch !== branch.branch) return false;
  const away = Math.hypot(...vessel.position_lps_mm.map((part, n) => part - (branch.position_lps_mm[n] as number)));
  return away < SAME_PLACE_MM;
}

/** What is said of a pointed place, short enough for a label in the scene. */
export function wordsOf(read: Read): string {
  if (read.inTumour) return strings.flatCut.inTumour;
  if (read.marginMm === null) return strings.flatCut.hounsfield(read.hu);
  return strings.flatCut.toTumour(formatMm(read.marginMm));
}
