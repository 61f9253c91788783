// The scene: a stage in the room, the patient on it, and what the plan does to the anatomy.
import { Group, type Mesh, type Object3D, type PerspectiveCamera, Vector3, type WebGLRenderer } from "three";
import { colours } from "../design/tokens";
import { centreOfBounds, halfSizeOfBounds } from "../geometry/bounds";
import type { SceneManifest } from "../protocol";
import { displayedPlan } from "../session/displayed-plan";
import type { PlanningSession } from "../session/planning-session";
import { strings } from "../strings";
import type { PlanEditor } from "../tools/plan-editor";
import type { GrabTarget } from "../tools/screen-drag";
import type { UiStore } from "../ui-state";
import { defaultAppearance } from "./appearance";
import { CutVolumes } from "./cut-face";
import { createCutUniforms, followPatient } from "./cut-uniforms";
import { fetchPlan, TRIANGLE_BUDGETS } from "./level-choice";
import { OrientationLabels } from "./orientation-labels";
import { PlaneHandles } from "./plane-handles";
import { ResectionViews } from "./resection-views";
import { SceneLoader } from "./scene-loader";
import { SegmentColours } from "./segment-colours";
import { StructureView } from "./structure-view";
import type { VolumeTexture } from "./volume-texture";

/** Angular sizes, radians; in a headset text is at least 1.5 degrees and handles are made for hands. */
const ANGLES = {
  desktop: { arrow: 0.075, letter: 0.02 },
  headset: { arrow: 0.125, letter: 0.045 },
} as const;

export class PlanningScene {
  /** Where the model stands in the room; on a desktop its focus is the world's origin. */
  readonly stage = new Group();
  /** Patient coordinates: glTF metres, see geometry/patient-frame.ts. */
  readonly patient = new Group();
  readonly handles = new PlaneHandles();
  readonly resections: ResectionViews;
  readonly #session: PlanningSession;
  readonly #ui: UiStore;
  readonly #editor: PlanEditor;
  readonly #cut = createCutUniforms();
  readonly #segments = new SegmentColours();
  readonly #volumes = new CutVolumes(this.#segments);
  readonly #structures = new Map<string, StructureView>();
  readonly #textures: VolumeTexture[] = [];
  readonly #focus = new Vector3();
  readonly #eye = new Vector3();
  #loader: SceneLoader | null = null;
  #labels: OrientationLabels | null = null;
  #manifest: SceneManifest | null = null;
  #hovered: GrabTarget | null = null;
  #requestFrame: () => void = () => {};
  #radius = 0.15;

  constructor(session: PlanningSession, ui: UiStore, editor: PlanEditor, onPick: PickHooks) {
    this.#session = session;
    this.#ui = ui;
    this.#editor = editor;
    this.stage.add(this.patient);
    this.patient.add(this.handles.group);
    this.handles.group.visible = false;
    this.resections = new ResectionViews(this.patient, this.#cut, this.#volumes, {
      onAdded: (id, pick) => onPick.onSheetAdded(id, pick),
      onRemoved: (id) => onPick.onSheetRemoved(id),
    });
  }

  get structures(): ReadonlyMap<string, StructureView> {
    return this.#structures;
  }

  /** Half the size of what `frame` shows, metres. */
  get radius(): number {
    return this.#radius;
  }

  get volumesShown(): number {
    return this.#textures.length;
  }

  get loading(): boolean {
    return this.#loader?.busy ?? true;
  }

  onRequestFrame(requestFrame: () => void): void {
    this.#requestFrame = requestFrame;
  }

  /** Takes the state over: builds the scene once, then follows the plan. */
  sync(): void {
    const state = this.#session.state.getState();
    if (state.scene && state.scene !== this.#manifest && state.scene.case_id !== this.#manifest?.case_id) {
      this.#build(state.scene);
    }
    const plan = displayedPlan(state);
    const colourOf = (id: string) => state.people.find((person) => person.client_id === id)?.colour ?? colours.accent;
    this.resections.show(plan, colourOf, this.#hovered?.resectionId ?? null);
    for (const view of this.#structures.values()) view.setHasPlan(plan.length > 0);
    this.handles.group.visible = plan.length > 0;
    this.#requestFrame();
  }

  /** Takes over what this person chose to see. */
  syncAppearance(): void {
    const { appearances, showCt, showBands, showSegments } = this.#ui.getState();
    for (const [name, view] of this.#structures) {
      const appearance = appearances[name];
      if (appearance && appearance !== view.appearance) view.setAppearance(appearance);
    }
    this.#segments.setShown(showSegments);
    this.#volumes.setOptions({ ct: showCt, bands: showBands });
    this.#requestFrame();
  }

  hover(target: GrabTarget | null): void {
    const same =
      this.#hovered?.resectionId === target?.resectionId && this.#hovered?.handle?.lever === target?.handle?.lever;
    if (same) return;
    this.#hovered = target;
    this.handles.highlight(target?.handle ?? null);
    this.sync();
  }

  pickables(): readonly Object3D[] {
    const sheets = this.resections.all.map((view) => view.face.pick);
    return this.handles.group.visible ? [...this.handles.picks, ...sheets] : sheets;
  }

  targetOf(object: Object3D): GrabTarget | null {
    const handle = this.handles.hitOf(object);
    const id = this.#editor.selected?.resection_id;
    const view = handle
      ? id && this.resections.get(id)
      : this.resections.all.find((candidate) => candidate.face.pick === object);
    if (!view) return null;
    return { resectionId: view.resectionId, pose: view.pose, handle, halfSize: view.face.halfSize };
  }

  /** Once a frame, before it is drawn. True where another frame is needed at once. */
  update(renderer: WebGLRenderer, camera: PerspectiveCamera): boolean {
    const busy = this.#loader?.step(renderer) ?? false;
    this.stage.updateMatrixWorld(true);
    followPatient(this.#cut, this.patient);
    this.#eye.setFromMatrixPosition(camera.matrixWorld);
    const distance = this.#eye.distanceTo(this.stage.position);
    const patientMetresPerRadian = distance / this.stage.scale.x;
    const angles = this.#ui.getState().xrMode === "desktop" ? ANGLES.desktop : ANGLES.headset;
    this.#labels?.update(patientMetresPerRadian * angles.letter, this.#eye);
    this.#placeHandles(patientMetresPerRadian * angles.arrow);
    return busy;
  }

  dispose(): void {
    this.#loader?.stop();
    this.resections.dispose();
    for (const view of this.#structures.values()) view.dispose();
    for (const texture of this.#textures) texture.dispose();
    this.stage.removeFromParent();
  }

  #placeHandles(arrowLength: number): void {
    const id = this.#editor.selected?.resection_id;
    const view = id ? this.resections.get(id) : undefined;
    if (view) this.handles.place(view.face.group, view.face.halfSize, arrowLength);
  }

  #build(manifest: SceneManifest): void {
    this.#manifest = manifest;
    const liver = manifest.structures.find((structure) => structure.name === "liver");
    const bounds = liver?.bounds_lps_mm ?? manifest.bounds_lps_mm;
    const halfSize = halfSizeOfBounds(bounds);
    this.#focus.copy(centreOfBounds(bounds));
    this.#radius = halfSize.length();
    this.patient.position.copy(this.#focus).negate();
    this.resections.setOrgan(this.#focus, halfSize);
    this.#labels = new OrientationLabels(this.#focus, halfSize);
    this.patient.add(this.#labels.group);
    this.#segments.setSegments(manifest.segments);
    for (const asset of manifest.structures) {
      const view = new StructureView(asset, this.#cut, defaultAppearance(asset), this.#segments);
      this.#structures.set(asset.name, view);
      this.patient.add(view.group);
    }
    this.#ui.setState({
      appearances: Object.fromEntries(manifest.structures.map((asset) => [asset.name, defaultAppearance(asset)])),
    });
    this.#load(manifest);
  }

  #load(manifest: SceneManifest): void {
    const plan = fetchPlan(manifest.structures, manifest.volumes, TRIANGLE_BUDGETS[this.#session.device]);
    this.#loader = new SceneLoader(plan, this.#structures, {
      fetch: (asset, priority) => this.#session.assets.get(asset, priority),
      onVolume: (volume) => {
        this.#textures.push(volume);
        this.#volumes.show(volume);
      },
      onProgress: (progress) => this.#ui.setState({ progress }),
      onFailure: (error) => {
        console.warn("asset failed", error);
        this.#session.tell(strings.problem.asset, strings.problem.assetCure);
      },
      requestFrame: () => this.#requestFrame(),
    });
  }
}

export interface PickHooks {
  onSheetAdded(resectionId: string, pick: Mesh): void;
  onSheetRemoved(resectionId: string): void;
}
