// Everything that exists only in a headset: room, boards, wrist panel, grabbing; put up on entry, taken down on leaving.
import {
  type Camera,
  CircleGeometry,
  Color,
  Group,
  HemisphereLight,
  Mesh,
  MeshBasicMaterial,
  type PerspectiveCamera,
  type Scene,
  type WebXRManager,
} from "three";
import type { TakenApart } from "../apart/taken-apart";
import type { FlatCut } from "../flat-cut/flat-cut";
import type { ReplayDoor } from "../replay/replay-door";
import type { PlanningScene } from "../scene/planning-scene";
import { showTextOnGround } from "../scene/text-sprite";
import type { PlanningSession } from "../session/planning-session";
import type { SpokenCommands } from "../spoken/spoken-commands";
import { strings } from "../strings";
import type { LineDraw } from "../tools/line-draw";
import type { NoteEditor } from "../tools/note-editor";
import type { PlanEditor } from "../tools/plan-editor";
import type { Pointing } from "../tools/pointing";
import type { UiStore } from "../ui-state";
import type { LiveVoice } from "../voice/live-voice";
import { BoardGrab } from "./board-grab";
import { BoardPaint } from "./board-paint";
import { Comfort, turnAround } from "./comfort";
import { FlatCutBoard } from "./flat-cut-board";
import { HandSlice } from "./hand-slice";
import type { Haptics } from "./haptics";
import { ModelGrab, SCALE_LIMITS } from "./model-grab";
import { NumbersBoard } from "./numbers-board";
import type { RoomVerbs } from "./pages/page-parts";
import { PlansBeside } from "./plans-beside";
import { RayTools } from "./ray-tools";
import { bringToPerson, placeBeside } from "./room";
import { ScaleBar } from "./scale-bar";
import { type Placed, TablePlacing } from "./table-placing";
import { ToolBoard } from "./tool-board";
import { ToolPages } from "./tool-pages";
import { WristPanel } from "./wrist-panel";

/** Half the size of the model on show after "fit", metres: within both arms' reach. */
const FIT_RADIUS_M = 0.3;
/** A liver starts as large as fits, yet never far from what it is. */
const OVER_TABLE_M = 0.02;
const START_SCALE = { least: 1, most: 3 } as const;

export interface HeadsetParts {
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
  voice(): LiveVoice | null;
  spoken(): SpokenCommands | null;
  readonly haptics: Haptics;
  readonly xrManager: WebXRManager;
  /** The model's at first; null for what suits its size. */
  readonly scale: number | null;
  leave(): void;
}

export class HeadsetWorld {
  readonly tools: ToolBoard;
  readonly #numbers = new NumbersBoard();
  readonly #wrist: WristPanel;
  readonly #flat: FlatCutBoard;
  readonly #parts: HeadsetParts;
  readonly #scene: Scene;
  readonly #room = new Group();
  readonly #bar: ScaleBar;
  readonly #model: ModelGrab;
  readonly #rays: RayTools;
  readonly #handSlice: HandSlice;
  readonly #comfort: Comfort;
  readonly #beside: PlansBeside;
  readonly grabs: readonly BoardGrab[];
  readonly #placing: TablePlacing;
  readonly #unsubscribe: readonly (() => void)[];
  readonly #paint: BoardPaint;
  #placed = false;
  #boarded = false;
  #wanted: "bring" | null = "bring";

  constructor(parts: HeadsetParts, scene: Scene, passthrough: boolean) {
    this.#parts = parts;
    this.#scene = scene;
    const { planning, session, ui, editor } = parts;
    const changed = () => this.#paint.forgetTools();
    const pages = new ToolPages(
      {
        session,
        ui,
        editor,
        planning,
        apart: parts.apart,
        replay: parts.replay,
        notes: parts.notes,
        room: this.#verbs(),
        takePicture: parts.takePicture,
        voice: parts.voice,
        spoken: parts.spoken,
        leave: parts.leave,
      },
      changed,
    );
    this.tools = new ToolBoard(() => pages.current());
    this.#wrist = new WristPanel(parts.xrManager, ui);
    this.#paint = new BoardPaint(parts, { tools: this.tools, numbers: this.#numbers, wrist: this.#wrist });
    this.#flat = new FlatCutBoard(parts.flatCut, ui);
    this.#handSlice = new HandSlice(parts.xrManager, ui, planning);
    this.#comfort = new Comfort(parts.xrManager, {
      onSleep: () => editor.cancel(),
      onRecentre: () => {
        this.#wanted = "bring";
      },
    });
    this.#beside = new PlansBeside(parts);
    this.#placing = new TablePlacing({
      manager: parts.xrManager,
      hand: () => ui.getState().hand,
      isOnButton: () => this.tools.isPointedAt,
      onChange: () => {
        changed();
        if (this.#placing.state === "impossible") this.#offerHands();
      },
    });
    this.grabs = [this.tools, this.#numbers].map(({ group, halfHeight }) => new BoardGrab(group, halfHeight));
    this.#rays = new RayTools({ ...parts, onButton: () => this.tools.isPointedAt || this.#flat.isPointedAt });
    this.#model = new ModelGrab(planning.stage, () => this.#readScale());
    this.#bar = new ScaleBar(planning.radius);
    planning.stage.add(this.#bar.group);
    scene.background = passthrough ? null : new Color("#0d141b");
    // For the controllers and hands; tissue brings its own light.
    this.#room.add(new HemisphereLight("#ffffff", "#5a6b7a", 2.4));
    if (!passthrough) this.#room.add(floor());
    scene.add(this.#room, this.#numbers.group, this.tools.group, this.#wrist.mesh, this.#flat.mesh);
    scene.add(this.#placing.ring, this.#beside.group);
    showTextOnGround(passthrough);
    planning.plan.handles.plane.setKnobsVisible(false);
    const suiting = Math.min(START_SCALE.most, Math.max(START_SCALE.least, FIT_RADIUS_M / planning.radius));
    this.#setScale(parts.scale ?? suiting);
    if (passthrough && this.#placing.canPlace) this.#placing.begin();
    else if (passthrough) this.#offerHands();
    this.#unsubscribe = [
      session.state.subscribe(() => this.#paint.touch()),
      ui.subscribe(changed),
      parts.apart.state.subscribe(changed),
      parts.replay.state.subscribe(changed),
    ];
  }

  /** A place of the flat cut's picture (0 to 1 from its top left) in the room; null while it is not shown. */
  flatCutPlace(across: number, down: number): readonly [number, number, number] | null {
    return this.#flat.placeInRoom(across, down);
  }

  /** Once a frame, with the pose of the head. */
  update(timeMs: number, head: Camera): void {
    const { stage } = this.#parts.planning;
    this.#model.update(timeMs);
    this.#rays.update();
    this.#handSlice.update();
    const turned = this.#comfort.turned();
    if (turned !== 0 && this.#placed) turnAround(stage, head, turned);
    if (this.#wanted === "bring" && hasPose(head)) {
      bringToPerson(stage, head);
      for (const grab of this.grabs) grab.forget();
      this.#wanted = null;
      this.#placed = true;
    }
    if (this.#placing.state !== "impossible") this.#placing.update(this.#stand);
    // While a table is aimed at, boards stay where they are read.
    if (this.#placed && (this.#placing.state !== "aiming" || !this.#boarded)) this.#placeBoards(timeMs, head);
    this.#numbers.group.visible = !this.#beside.update(head);
    this.#wrist.update(head);
    this.#flat.update(this.#wrist.mesh, this.#wrist.halfHeight, head);
    this.#paint.paint();
  }

  dispose(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    const { stage, plan } = this.#parts.planning;
    const { handles } = plan;
    this.#model.dispose();
    this.#rays.dispose();
    this.#comfort.dispose();
    this.#placing.dispose();
    this.#beside.dispose();
    for (const grab of this.grabs) grab.dispose();
    showTextOnGround(false);
    this.tools.dispose();
    this.#numbers.dispose();
    this.#wrist.dispose();
    this.#flat.dispose();
    this.#bar.dispose();
    this.#room.removeFromParent();
    this.#scene.background = null;
    handles.plane.setKnobsVisible(true);
    stage.position.set(0, 0, 0);
    stage.quaternion.identity();
    stage.scale.setScalar(1);
    this.#parts.ui.setState({ modelLocked: true, modelScale: 1, tool: "handle", sliceInHand: false });
  }

  /** The model as something that stands on a table. */
  get #stand(): Placed {
    const { stage, depthBelowFocus } = this.#parts.planning;
    return Object.assign(stage, { lift: depthBelowFocus * stage.scale.x + OVER_TABLE_M });
  }

  /** Tools at the working hand's side, numbers at the other. */
  #placeBoards(timeMs: number, head: Camera): void {
    this.#boarded = true;
    const { planning, ui } = this.#parts;
    const { stage } = planning;
    const radius = planning.radius * stage.scale.x;
    const at = ui.getState().hand === "right" ? 1 : -1;
    placeBeside(this.tools, stage, radius, head, at);
    placeBeside(this.#numbers, stage, radius, head, at === 1 ? -1 : 1);
    for (const grab of this.grabs) grab.update(timeMs, head);
  }

  #verbs(): RoomVerbs {
    const { planning } = this.#parts;
    return {
      scale: () => this.scale,
      setScale: (factor) => this.#setScale(factor),
      fit: () => this.#setScale(FIT_RADIUS_M / planning.radius),
      turn: (radians) => {
        planning.stage.rotateY(radians);
      },
      toggleLock: () => this.#toggleLock(),
      bring: () => {
        this.#wanted = "bring";
      },
      placing: () => this.#placing?.state ?? "impossible",
      canPlace: () => this.#placing.canPlace,
      place: () => this.#placing.begin(),
      leaveHere: () => this.#placing.end(),
    };
  }

  get scale(): number {
    return this.#parts.planning.stage.scale.x;
  }

  #setScale(factor: number): void {
    const clamped = Math.min(SCALE_LIMITS.most, Math.max(SCALE_LIMITS.least, factor));
    this.#parts.planning.stage.scale.setScalar(clamped);
    this.#readScale();
  }

  #readScale(): void {
    this.#parts.ui.setState({ modelScale: this.scale });
  }

  /** No table is found: the model stands before the person, and a hand may put it somewhere. */
  #offerHands(): void {
    if (this.#parts.ui.getState().modelLocked) this.#toggleLock();
    const [what, cure] = strings.xr.noSurfaces;
    this.#parts.session.tell(what, cure);
  }

  #toggleLock(): void {
    const modelLocked = !this.#parts.ui.getState().modelLocked;
    this.#model.setUnlocked(!modelLocked, this.#parts.planning.radius);
    this.#parts.ui.setState({ modelLocked });
  }
}

/** Before the first tracked frame the head sits at the origin. */
function hasPose(head: Camera): boolean {
  return head.matrixWorld.elements[13] !== 0 || (head as PerspectiveCamera).matrixWorld.elements[12] !== 0;
}

function floor(): Mesh {
  const disc = new Mesh(
    new CircleGeometry(3, 64),
    new MeshBasicMaterial({ color: "#131d26", transparent: true, opacity: 0.9 }),
  );
  disc.rotation.x = -Math.PI / 2;
  disc.position.y = 0.001;
  return disc;
}
