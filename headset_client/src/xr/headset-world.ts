// Everything that exists only in a headset: room, panel, 10 cm bar, grabbing; put up on entry, taken down on leaving.
import {
  BoxGeometry,
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
import { colours } from "../design/tokens";
import { numbersOf } from "../panels/shown-view";
import type { PlanningScene } from "../scene/planning-scene";
import { setTextHeight, textSprite } from "../scene/text-sprite";
import type { PlanningSession } from "../session/planning-session";
import { numbersFailure } from "../session/shown-numbers";
import { strings } from "../strings";
import type { LineDraw } from "../tools/line-draw";
import type { PlanEditor } from "../tools/plan-editor";
import type { UiStore } from "../ui-state";
import { ModelGrab, SCALE_LIMITS } from "./model-grab";
import { PanelButtons } from "./panel-buttons";
import { RayPen } from "./ray-pen";
import { bringToPerson, placeBeside, START_SCALE } from "./room";
import { XrPanel } from "./xr-panel";

const BAR_LENGTH_M = 0.1;

export interface HeadsetParts {
  readonly session: PlanningSession;
  readonly ui: UiStore;
  readonly editor: PlanEditor;
  readonly planning: PlanningScene;
  readonly line: LineDraw;
  readonly xrManager: WebXRManager;
  leave(): void;
}

export class HeadsetWorld {
  readonly panel: XrPanel;
  readonly #parts: HeadsetParts;
  readonly #scene: Scene;
  readonly #room = new Group();
  readonly #bar = new Group();
  readonly #model: ModelGrab;
  readonly #buttons: PanelButtons;
  readonly #pen: RayPen;
  readonly #unsubscribe: readonly (() => void)[];
  #repaint = true;
  #placed = false;
  #wanted: "bring" | null = "bring";

  constructor(parts: HeadsetParts, scene: Scene, passthrough: boolean) {
    this.#parts = parts;
    this.#scene = scene;
    this.#buttons = new PanelButtons({
      ...parts,
      world: {
        scale: () => this.#scale,
        setScale: (factor) => this.#setScale(factor),
        toggleLock: () => this.#toggleLock(),
        bring: () => {
          this.#wanted = "bring";
        },
      },
      show: (page) => this.panel.show(page),
    });
    this.panel = new XrPanel(this.#buttons.pages());
    this.#pen = new RayPen(parts.xrManager, parts.line);
    this.#model = new ModelGrab(parts.planning.stage, () => this.#readScale());
    scene.background = passthrough ? null : new Color("#0d141b");
    // For the controllers and hands; tissue brings its own light.
    this.#room.add(new HemisphereLight("#ffffff", "#5a6b7a", 2.4));
    if (!passthrough) this.#room.add(floor());
    this.#addBar();
    scene.add(this.#room, this.panel.group);
    parts.planning.handles.setKnobsVisible(false);
    this.#setScale(START_SCALE);
    const repaint = () => {
      this.#repaint = true;
    };
    this.#unsubscribe = [parts.session.state.subscribe(repaint), parts.ui.subscribe(repaint)];
  }

  /** Once a frame, with the pose of the head. */
  update(timeMs: number, head: Camera): void {
    const { stage } = this.#parts.planning;
    this.#model.update(timeMs);
    this.#pen.update();
    if (this.#wanted === "bring" && hasPose(head)) {
      bringToPerson(stage, head);
      this.#wanted = null;
      this.#placed = true;
    }
    if (this.#placed) placeBeside(this.panel, stage, this.#parts.planning.radius * stage.scale.x, head);
    if (this.#repaint) this.#paint();
  }

  dispose(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    const { stage, handles } = this.#parts.planning;
    this.#model.dispose();
    this.#pen.dispose();
    this.panel.dispose();
    this.#room.removeFromParent();
    this.#bar.removeFromParent();
    this.#scene.background = null;
    handles.setKnobsVisible(true);
    stage.position.set(0, 0, 0);
    stage.quaternion.identity();
    stage.scale.setScalar(1);
    this.#parts.ui.setState({ modelLocked: true, modelScale: 1 });
  }

  #paint(): void {
    this.#repaint = false;
    const state = this.#parts.session.state.getState();
    const holder = state.people.find((person) => person.holding !== null && person.client_id !== state.me?.clientId);
    const offline = state.connection.kind === "online" ? null : strings.connection.reconnecting;
    const { ghost } = this.#parts.ui.getState();
    const proposal = state.proposals.found?.find((one) => one.proposal_id === ghost);
    this.panel.paint({
      numbers: numbersOf(state, ghost),
      message:
        offline ??
        proposal?.title ??
        numbersFailure(state)?.message ??
        (holder ? strings.people.holding(holder.display_name || strings.people.someone) : null),
    });
  }

  get #scale(): number {
    return this.#parts.planning.stage.scale.x;
  }

  #setScale(factor: number): void {
    const clamped = Math.min(SCALE_LIMITS.most, Math.max(SCALE_LIMITS.least, factor));
    this.#parts.planning.stage.scale.setScalar(clamped);
    this.#readScale();
  }

  #readScale(): void {
    this.#parts.ui.setState({ modelScale: this.#scale });
  }

  #toggleLock(): void {
    const modelLocked = !this.#parts.ui.getState().modelLocked;
    this.#model.setUnlocked(!modelLocked, this.#parts.planning.radius);
    this.#parts.ui.setState({ modelLocked });
  }

  /** Lies under the model and scales with it: 10 cm of the patient, whatever the size on show. */
  #addBar(): void {
    const { stage, radius } = this.#parts.planning;
    const material = new MeshBasicMaterial({ color: colours.textSoft });
    const beam = new Mesh(new BoxGeometry(BAR_LENGTH_M, 0.0016, 0.0016), material);
    const ends = [-1, 1].map((end) => {
      const tick = new Mesh(new BoxGeometry(0.0016, 0.009, 0.0016), material);
      tick.position.x = (end * BAR_LENGTH_M) / 2;
      return tick;
    });
    const label = textSprite(strings.xr.scaleBar, { colour: colours.textSoft, weight: 600 });
    label.position.y = -0.016;
    setTextHeight(label, 0.022);
    this.#bar.add(beam, ...ends, label);
    this.#bar.position.set(0, -radius * 0.92, radius * 0.5);
    stage.add(this.#bar);
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
