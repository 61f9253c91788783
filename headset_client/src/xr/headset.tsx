// The way into a headset: store, pointers and frames of the XR session. Loaded when somebody may enter, never before the
// first picture.
import { createRoot, extend, type ReconcilerRoot, useFrame } from "@react-three/fiber";
import { noEvents, XR, XROrigin, type XRStore } from "@react-three/xr";
import {
  BoxGeometry,
  type Camera,
  Group,
  Mesh,
  MeshBasicMaterial,
  type Object3D,
  type PerspectiveCamera,
  PlaneGeometry,
} from "three";
import type { TakenApart } from "../apart/taken-apart";
import type { FlatCut } from "../flat-cut/flat-cut";
import type { ReplayDoor } from "../replay/replay-door";
import type { DesktopView } from "../scene/desktop-view";
import type { PlanningScene } from "../scene/planning-scene";
import type { PlanningSession } from "../session/planning-session";
import type { SpokenCommands } from "../spoken/spoken-commands";
import { strings } from "../strings";
import type { LineDraw } from "../tools/line-draw";
import type { NoteEditor } from "../tools/note-editor";
import type { PlanEditor } from "../tools/plan-editor";
import type { Pointing } from "../tools/pointing";
import type { UiStore } from "../ui-state";
import type { LiveVoice } from "../voice/live-voice";
import { bodyGrip, controlGrip, sizeGrip } from "./grips";
import { Haptics } from "./haptics";
import { HeadsetWorld } from "./headset-world";
import { ResectionGrab } from "./resection-grab";
import { createHeadsetStore, enterHeadset } from "./xr-store";

export interface HeadsetHooks {
  readonly session: PlanningSession;
  readonly ui: UiStore;
  readonly editor: PlanEditor;
  readonly planning: PlanningScene;
  readonly line: LineDraw;
  readonly pointing: Pointing;
  readonly flatCut: FlatCut;
  readonly apart: TakenApart;
  readonly replay: ReplayDoor;
  readonly notes: NoteEditor;
  /** Saves a picture from where the head is. */
  takePicture(): void;
  /** Null before the page around the picture is there. */
  voice(): LiveVoice | null;
  spoken(): SpokenCommands | null;
  readonly view: DesktopView;
  /** Prepares and draws a frame as the head sees it. */
  draw(timeMs: number, camera: Camera): void;
  /** The session began or ended. */
  onMode(mode: "desktop" | "vr" | "ar"): void;
}

export class Headset {
  readonly #hooks: HeadsetHooks;
  readonly #store: XRStore = createHeadsetStore();
  readonly #root: ReconcilerRoot<HTMLCanvasElement>;
  readonly #haptics = new Haptics();
  readonly #grab: ResectionGrab;
  readonly #unsubscribe: () => void;
  #world: HeadsetWorld | null = null;
  /** How large the model stood for who took the headset off and puts it on again. */
  #scale: number | null = null;
  #before: Pick<PerspectiveCamera, "position" | "quaternion" | "fov"> | null = null;

  constructor(hooks: HeadsetHooks) {
    this.#hooks = hooks;
    this.#grab = this.#makeGrab();
    this.#unsubscribe = this.#store.subscribe((state, before) => {
      if (state.session !== before.session) this.#sessionChanged(state.session, state.mode);
    });
    this.#root = this.#mount();
  }

  /** Null while nobody wears it. */
  get world(): HeadsetWorld | null {
    return this.#world;
  }

  async enter(mode: "vr" | "ar"): Promise<void> {
    const entered = await enterHeadset(this.#store, mode);
    if (entered !== mode) this.#hooks.session.tell(strings.xr.noPassthrough, strings.xr.noPassthroughCure);
  }

  addSheet(id: string, pick: Mesh): void {
    this.#grab.add(id, pick, bodyGrip(this.#gripParts(), id));
  }

  removeSheet(id: string): void {
    this.#grab.remove(id);
  }

  /** What a hand held is held no more. */
  abandon(): void {
    this.#grab.abandon();
  }

  /** Once a frame, before it is drawn. */
  update(timeMs: number, head: Object3D): void {
    this.#grab.update(timeMs);
    this.#world?.update(timeMs, head as Camera);
  }

  dispose(): void {
    this.#unsubscribe();
    this.#world?.dispose();
    void this.#store.getState().session?.end();
    this.#store.destroy();
    this.#root.unmount();
  }

  #gripParts() {
    const { editor, ui, planning } = this.#hooks;
    return { editor, ui, scene: () => planning };
  }

  #makeGrab(): ResectionGrab {
    const { planning, ui } = this.#hooks;
    const grab = new ResectionGrab(planning.patient, {
      isFine: () => ui.getState().fine,
      taken: (source) => this.#haptics.taken(source),
      released: () => this.#haptics.released(),
    });
    const parts = this.#gripParts();
    const { surface, wedge } = planning.plan.handles;
    surface.picks.forEach((pick, index) => {
      grab.add(`control-${index}`, pick, controlGrip(parts, index), true);
    });
    wedge.picks.forEach((pick, index) => {
      grab.add(`size-${index}`, pick, sizeGrip(parts, index === 0 ? "along" : "across"), true);
    });
    return grab;
  }

  /** Renderer, camera and scene stay the page's; only frames of a session are drawn from here. */
  #mount(): ReconcilerRoot<HTMLCanvasElement> {
    extend({ BoxGeometry, Group, Mesh, MeshBasicMaterial, PlaneGeometry });
    const { view, draw } = this.#hooks;
    const { clientWidth: width, clientHeight: height } = view.canvas;
    const root = createRoot(view.canvas);
    void root.configure({
      gl: view.renderer,
      camera: Object.assign(view.camera, { manual: true }),
      scene: view.scene,
      size: { width, height, top: 0, left: 0 },
      dpr: view.renderer.getPixelRatio(),
      events: noEvents,
      frameloop: "demand",
      flat: true,
    });
    root.render(
      <XR store={this.#store}>
        <XROrigin />
        <Frames view={view} draw={draw} />
      </XR>,
    );
    return root;
  }

  #sessionChanged(session: XRSession | undefined, mode: XRSessionMode | null): void {
    const { view, editor, onMode } = this.#hooks;
    const { camera } = view;
    if (session) {
      this.#before = { position: camera.position.clone(), quaternion: camera.quaternion.clone(), fov: camera.fov };
      onMode(mode === "immersive-ar" ? "ar" : "vr");
      this.#world = new HeadsetWorld(
        {
          ...this.#hooks,
          haptics: this.#haptics,
          xrManager: view.renderer.xr,
          scale: this.#scale,
          leave: () => void session.end(),
        },
        view.scene,
        mode === "immersive-ar",
      );
      return;
    }
    this.#scale = this.#world?.scale ?? null;
    this.#world?.dispose();
    this.#world = null;
    editor.cancel();
    if (this.#before) {
      camera.position.copy(this.#before.position);
      camera.quaternion.copy(this.#before.quaternion);
      camera.fov = this.#before.fov;
      camera.updateProjectionMatrix();
    }
    onMode("desktop");
  }
}

/** Frames of the session; with a priority the library itself draws none, and a screen's are not its business. */
function Frames({ view, draw }: Pick<HeadsetHooks, "view" | "draw">) {
  useFrame((state) => {
    if (view.renderer.xr.isPresenting) draw(performance.now(), state.camera);
  }, 1);
  return null;
}
