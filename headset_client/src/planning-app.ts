// Puts session, scene, tools and headset together for one case; React mounts it, nothing in here knows React.
import type { Camera, PerspectiveCamera } from "three";
import { TakenApart } from "./apart/taken-apart";
import { takeEarlyStart } from "./early-start";
import { FlatCut } from "./flat-cut/flat-cut";
import { followPointer } from "./flat-cut/follow-pointer";
import { takeSnapshot } from "./notes/snapshot-door";
import type { LivePresence } from "./presence/live-presence";
import { ReplayDoor } from "./replay/replay-door";
import { DesktopView } from "./scene/desktop-view";
import { drawPlans, type SideBySide } from "./scene/draw-plans";
import { FirstPicture, markOnce } from "./scene/first-picture";
import { workingBox } from "./scene/panes";
import { PlanningScene } from "./scene/planning-scene";
import type { PlanningSession } from "./session/planning-session";
import { shownNumbers } from "./session/shown-numbers";
import { plansSideBySide } from "./session/side-by-side";
import type { SpokenCommands } from "./spoken/spoken-commands";
import { strings } from "./strings";
import { Keyboard } from "./tools/keyboard";
import { LineDraw } from "./tools/line-draw";
import { NoteEditor } from "./tools/note-editor";
import { PlanEditor } from "./tools/plan-editor";
import { Pointing } from "./tools/pointing";
import { ScreenDrag, type ScreenDragHooks } from "./tools/screen-drag";
import { ScreenPen } from "./tools/screen-pen";
import { ViewCamera } from "./tools/view-camera";
import { createUiStore } from "./ui-state";
import type { LiveVoice } from "./voice/live-voice";
import { HeadsetDoor } from "./xr/headset-door";
import type { HeadsetWorld } from "./xr/headset-world";

/** What is on screen now, for the parts of the page that follow the view at frame rate. */
export interface FrameInfo {
  readonly camera: PerspectiveCamera;
  readonly focusDistance: number;
  readonly viewportHeight: number;
}

/** From a frame to the wish for the next one where a hand moves on and on. */
const SOON_MS = 20;

/** What the scene draws differently for. */
const SCENE_CHOICES = [
  "appearances",
  "showCt",
  "slice",
  "ctWindow",
  "showBands",
  "showSegments",
  "showLosses",
  "selected",
  "handleMode",
  "bendScope",
  "bendPoint",
  "ghost",
  "planGhosts",
  "sideBySide",
  "litBranch",
  "hiddenNotes",
  "selectedNote",
] as const;

export class PlanningApp {
  readonly ui = createUiStore();
  readonly session: PlanningSession;
  readonly editor: PlanEditor;
  readonly planning: PlanningScene;
  readonly firstPicture = new FirstPicture(() => {
    this.viewport?.checkShaders();
    this.planning.refine();
  });
  readonly pointing: Pointing;
  readonly flatCut: FlatCut;
  readonly apart: TakenApart;
  /** The other people in the scene; null before the page around it is there. */
  presence: LivePresence | null = null;
  /** Talking with them; null as long. */
  voice: LiveVoice | null = null;
  /** Commands by voice; null where the browser understands none. */
  spoken: SpokenCommands | null = null;
  /** The session looked at again. */
  readonly replay = new ReplayDoor(this);
  readonly notes: NoteEditor;
  /** Frames rendered since the page was opened. */
  frame = 0;
  /** Set by `attach`. */
  readonly caseId: string;
  viewport: DesktopView | null = null;
  view: ViewCamera | null = null;
  readonly #frameListeners = new Set<(info: FrameInfo) => void>();
  readonly #line: LineDraw;
  readonly #headset: HeadsetDoor;
  #screen: ScreenDrag | null = null;
  #pen: ScreenPen | null = null;
  #framed = false;
  #wasHeld = false;
  #handMoved = false;
  #preparing = false;
  #needsFrame = true;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #stop: (() => void)[] = [];

  constructor(caseId: string) {
    this.caseId = caseId;
    const early = takeEarlyStart(caseId);
    this.session = early.session;
    this.editor = new PlanEditor(this.session, this.ui);
    this.#line = new LineDraw(this.ui, this.editor, this.session, () => this.planning);
    this.planning = new PlanningScene(early, this.ui, this.editor, {
      onSheetAdded: (id, pick) => this.#headset.addSheet(id, pick),
      onSheetRemoved: (id) => this.#headset.removeSheet(id),
    });
    this.pointing = new Pointing(this.ui, this.editor, this.session, () => this.planning);
    const { session, ui, editor } = this;
    this.flatCut = new FlatCut({ session, ui, editor, scene: () => this.planning });
    this.apart = new TakenApart({
      session,
      scene: () => this.planning,
      requestFrame: () => this.requestFrame(),
    });
    this.notes = new NoteEditor(this.session, this.ui, this.editor, () => this.planning);
    this.#headset = new HeadsetDoor({
      session: this.session,
      ui: this.ui,
      editor: this.editor,
      planning: this.planning,
      line: this.#line,
      pointing: this.pointing,
      flatCut: this.flatCut,
      apart: this.apart,
      replay: this.replay,
      notes: this.notes,
      takePicture: () => takeSnapshot(this),
      voice: () => this.voice,
      spoken: () => this.spoken,
      view: () => this.viewport,
      draw: (timeMs, camera) => this.#draw(timeMs, camera),
      onMode: (xrMode) => {
        this.ui.setState({ xrMode });
        this.requestFrame();
      },
    });
  }

  get headset(): HeadsetWorld | null {
    return this.#headset.world;
  }

  /** What is drawn now: the plan worked on, and those beside it. */
  get sideBySide(): SideBySide {
    const keys = plansSideBySide(this.session.state.getState(), this.ui.getState().sideBySide).map(({ key }) => key);
    return { planning: this.planning, keys };
  }

  /** Nothing is waiting to be drawn: what is on screen is what is known. */
  get settled(): boolean {
    return !this.#needsFrame;
  }

  /** Shows the case in an element of the page. */
  attach(host: HTMLElement): void {
    const viewport = new DesktopView(host, (timeMs) => this.#draw(timeMs, viewport.camera));
    this.viewport = viewport;
    this.view = new ViewCamera(viewport.camera, viewport.canvas, () => this.requestFrame());
    viewport.scene.add(this.planning.stage);
    this.planning.warm(viewport.renderer, viewport.camera);
    this.planning.onRequestFrame(() => this.requestFrame());
    // First, so that a press that draws takes hold of nothing.
    this.#pen = new ScreenPen(viewport.canvas, () => viewport.camera, this.ui, {
      line: this.#line,
      pointing: this.pointing,
      notes: this.notes,
    });
    this.#screen = new ScreenDrag(viewport.canvas, this.#screenHooks(viewport));
    const keyboard = new Keyboard(this);
    const cutPointer = followPointer(viewport.canvas, () => viewport.camera, this.flatCut);
    this.#stop = [
      this.session.state.subscribe(() => this.#follow()),
      this.ui.subscribe((state, before) => {
        if (SCENE_CHOICES.some((choice) => state[choice] !== before[choice])) this.planning.syncAppearance();
        this.requestFrame();
      }),
      () => keyboard.dispose(),
      cutPointer,
    ];
    // Words drawn before their font came are drawn again.
    void document.fonts.ready.then(() => this.requestFrame());
    void this.firstPicture.shown.then(() => this.#headset.prepare()).catch(() => undefined);
    // The session began before this page part did.
    this.session.open();
    this.#follow();
  }

  detach(): void {
    for (const stop of this.#stop) stop();
    this.replay.close();
    this.#headset.dispose();
    this.#screen?.dispose();
    this.#pen?.dispose();
    this.flatCut.dispose();
    this.apart.dispose();
    this.view?.dispose();
    this.planning.dispose();
    this.session.close();
    this.viewport?.dispose();
    this.viewport = null;
  }

  onFrame(listener: (info: FrameInfo) => void): () => void {
    this.#frameListeners.add(listener);
    return () => this.#frameListeners.delete(listener);
  }

  requestFrame(): void {
    // What changes while a frame is prepared is drawn with it.
    if (this.#preparing) return;
    // A hand that goes on asks soon after the last frame: such frames tell how long one takes, as those of a glide do.
    if (!this.#needsFrame && performance.now() - this.#drawnMs < SOON_MS) this.planning.followedByAnother(true);
    this.#needsFrame = true;
    this.viewport?.invalidate();
  }

  /** Prepares and draws a frame. `camera` is the head's in a headset. */
  #draw(timeMs: number, camera: Camera): void {
    if (!this.viewport) return;
    this.#needsFrame = false;
    const { renderer } = this.viewport;
    const gliding = this.view?.update(timeMs) ?? false;
    this.#headset.update(timeMs, camera);
    if (this.#handMoved) this.#followHand();
    const moving = this.apart.update(timeMs);
    const busy = this.planning.update(renderer, camera as PerspectiveCamera, timeMs);
    const follows = busy || gliding || moving;
    this.planning.followedByAnother(follows);
    if (follows) this.requestFrame();
    if (this.planning.blank && !renderer.xr.isPresenting) return;
    drawPlans(this.viewport, this.sideBySide, camera);
    this.#drawn();
  }

  #drawn(): void {
    if (!this.viewport || !this.view) return;
    this.frame += 1;
    this.firstPicture.afterFrame(this.planning.complete, this.viewport.renderer.getContext() as WebGL2RenderingContext);
    const info: FrameInfo = {
      camera: this.viewport.camera,
      focusDistance: this.view.focusDistance,
      viewportHeight: workingBox(this.viewport.canvas).height,
    };
    for (const listener of this.#frameListeners) listener(info);
    this.#drawnMs = performance.now();
  }

  enter(mode: "vr" | "ar"): void {
    this.#headset.enter(mode).catch((error: unknown) => {
      console.info("headset did not start", error);
      this.session.tell(strings.xr.failed, strings.xr.failedCure);
    });
  }

  cancelDrag(): void {
    this.editor.cancel();
  }

  #follow(): void {
    const state = this.session.state.getState();
    const held = state.held !== null;
    if (this.#wasHeld && !held) {
      // Let go, cancelled or refused: no pointer may go on dragging what is no longer held.
      this.#screen?.abandon();
      this.#headset.abandon();
    }
    // A hand may report more often than is drawn: then it is followed once a frame.
    if (held && this.#wasHeld) {
      this.#handMoved = true;
      this.requestFrame();
      return;
    }
    this.#wasHeld = held;
    this.#dimLostBranch();
    this.planning.sync();
    if (state.scene && !this.#framed && this.view) {
      markOnce("scene");
      this.#framed = true;
      this.view.setSubject(this.planning.stage.position.clone(), this.planning.radius);
      this.view.home();
    }
  }

  #followHand(): void {
    this.#handMoved = false;
    this.#preparing = true;
    try {
      this.#dimLostBranch();
      this.planning.follow();
    } finally {
      this.#preparing = false;
    }
  }

  /** A branch that is cut no more has no place to light up. */
  #dimLostBranch(): void {
    const { litBranch } = this.ui.getState();
    if (!litBranch) return;
    const cut = shownNumbers(this.session.state.getState())?.numbers.cut_branches;
    if (!cut?.includes(litBranch)) this.ui.setState({ litBranch: null });
  }

  #screenHooks(viewport: DesktopView): ScreenDragHooks {
    return {
      camera: () => viewport.camera,
      patient: () => this.planning.patient,
      pickables: () => this.planning.plan.pickables(),
      targetOf: (object, point) => this.planning.plan.targetOf(object, point),
      settings: () => {
        const { handleMode, bendScope } = this.ui.getState();
        return { mode: handleMode, scope: bendScope };
      },
      isFine: () => this.ui.getState().fine,
      begin: (target) => {
        if (target.part.kind === "control") this.ui.setState({ bendPoint: target.part.index });
        return this.editor.begin(target.resection);
      },
      move: (resection) => this.editor.move(resection),
      end: () => this.editor.end(),
      hover: (target) => {
        viewport.canvas.style.cursor = target ? "grab" : "";
        this.planning.hover(target);
      },
    };
  }
}
