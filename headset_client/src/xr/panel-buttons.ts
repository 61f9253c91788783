// The pages of buttons on the headset's panel: the same verbs as on the desktop.
import { cutName } from "../panels/cut-names";
import type { StructureAsset, TerritoryChoice } from "../protocol";
import { displayedPlan } from "../session/displayed-plan";
import type { PlanningSession } from "../session/planning-session";
import { formatMm, formatNumber, strings } from "../strings";
import { nextScope } from "../tools/keyboard";
import type { PlanEditor } from "../tools/plan-editor";
import type { UiStore } from "../ui-state";
import type { ButtonRows, ButtonSpec } from "./xr-panel";

const SCALE_STEP = 1.25;
const MARGINS_MM: readonly number[] = [5, 10, 15, 20, 0];
const START_MARGIN_MM = 10;

export interface PanelButtonParts {
  readonly session: PlanningSession;
  readonly ui: UiStore;
  readonly editor: PlanEditor;
  readonly world: {
    scale(): number;
    setScale(factor: number): void;
    toggleLock(): void;
    bring(): void;
  };
  show(page: string): void;
  leave(): void;
}

/** The least in use for a healthy liver (PMC6422720). */
const USUAL_REMNANT_PERCENT = 20;

export class PanelButtons {
  readonly #parts: PanelButtonParts;
  #tumour = 0;
  #territory = 0;
  #marginMm = START_MARGIN_MM;
  #proposal = -1;

  constructor(parts: PanelButtonParts) {
    this.#parts = parts;
  }

  pages(): Readonly<Record<string, ButtonRows>> {
    return { main: this.#main(), add: this.#add(), proposals: this.#proposals() };
  }

  #main(): ButtonRows {
    const { editor, ui, world } = this.#parts;
    return [
      [
        this.#to("add", strings.xr.add, "add"),
        { id: "cuts", label: () => this.#cutLabel(), press: () => this.#nextCut() },
        this.#to("proposals", strings.xr.proposals, "proposals"),
      ],
      [
        { id: "bend", label: () => this.#bendLabel(), press: () => this.#bend() },
        {
          id: "fine",
          label: () => strings.cuts.fine,
          active: () => ui.getState().fine,
          press: () => ui.setState({ fine: !ui.getState().fine }),
        },
      ],
      [
        { id: "flip", label: () => strings.xr.flip, press: () => editor.flip() },
        { id: "remove", label: () => strings.xr.remove, press: () => editor.remove() },
        {
          id: "lock",
          label: () => (ui.getState().modelLocked ? strings.xr.lock : strings.xr.unlocked),
          active: () => !ui.getState().modelLocked,
          press: () => world.toggleLock(),
        },
      ],
      [
        { id: "smaller", label: () => "−", press: () => world.setScale(world.scale() / SCALE_STEP) },
        {
          id: "true-size",
          label: () => strings.xr.scale(formatNumber(ui.getState().modelScale, 1)),
          press: () => world.setScale(1),
        },
        { id: "larger", label: () => "+", press: () => world.setScale(world.scale() * SCALE_STEP) },
        { id: "bring", label: () => strings.xr.bringToMe, press: () => world.bring() },
        { id: "leave", label: () => strings.xr.leave, press: () => this.#parts.leave() },
      ],
    ];
  }

  #add(): ButtonRows {
    const { editor, ui } = this.#parts;
    const done = (run: () => void) => () => {
      run();
      this.#parts.show("main");
    };
    return [
      [
        { id: "plane", label: () => strings.xr.plane, press: done(() => editor.place("plane")) },
        { id: "curved", label: () => strings.xr.curved, press: done(() => editor.place("surface")) },
        { id: "line", label: () => strings.xr.line, press: done(() => ui.setState({ tool: "draw" })) },
      ],
      [
        {
          id: "tumour",
          label: () => strings.xr.next(this.#chosenTumour()?.title ?? strings.numbers.noTumours),
          press: () => this.#nextTumour(),
        },
        {
          id: "margin",
          label: () => strings.xr.next(formatMm(this.#marginMm)),
          press: () => this.#nextMargin(),
        },
        { id: "wedge", label: () => strings.xr.wedge, press: done(() => this.#cutAround()) },
      ],
      [
        {
          id: "named",
          label: () => strings.xr.next(this.#chosenTerritory()?.title ?? "–"),
          press: () => this.#nextTerritory(),
        },
        {
          id: "territory",
          label: () => strings.xr.territory,
          press: done(() => {
            const territory = this.#chosenTerritory();
            if (territory) editor.placeTerritory(territory.segments);
          }),
        },
      ],
      [this.#to("main", strings.xr.back, "back-from-add")],
    ];
  }

  #proposals(): ButtonRows {
    const { ui } = this.#parts;
    return [
      [
        {
          id: "propose-margin",
          label: () => strings.xr.next(formatMm(this.#marginMm)),
          press: () => this.#nextMargin(),
        },
        { id: "find", label: () => this.#findLabel(), press: () => this.#find() },
      ],
      [
        { id: "next-proposal", label: () => this.#proposalLabel(), press: () => this.#nextProposal() },
        {
          id: "take",
          label: () => strings.xr.take,
          active: () => ui.getState().ghost !== null,
          press: () => this.#take(),
        },
      ],
      [
        {
          id: "back-from-proposals",
          label: () => strings.xr.back,
          press: () => {
            ui.setState({ ghost: null });
            this.#parts.show("main");
          },
        },
      ],
    ];
  }

  #to(page: string, label: string, id: string): ButtonSpec {
    return { id: `to-${id}`, label: () => label, press: () => this.#parts.show(page) };
  }

  #nextTumour(): void {
    this.#tumour += 1;
    this.#repaint();
  }

  #nextTerritory(): void {
    this.#territory += 1;
    this.#repaint();
  }

  #nextMargin(): void {
    this.#marginMm = MARGINS_MM[(MARGINS_MM.indexOf(this.#marginMm) + 1) % MARGINS_MM.length] ?? START_MARGIN_MM;
    this.#repaint();
  }

  /** A change that is seen on a button only: any change of the store repaints the panel. */
  #repaint(): void {
    this.#parts.ui.setState((state) => ({ ...state }));
  }

  #bend(): void {
    const { editor, ui } = this.#parts;
    if (editor.selected?.kind === "plane") editor.makeCurved();
    else ui.setState({ bendScope: nextScope(ui.getState().bendScope) });
  }

  #bendLabel(): string {
    const { editor, ui } = this.#parts;
    if (editor.selected?.kind === "plane") return strings.xr.bend;
    return strings.xr.next(strings.xr.bends(strings.cuts.scopes[ui.getState().bendScope]));
  }

  #plan() {
    return displayedPlan(this.#parts.session.state.getState()).map(({ resection }) => resection);
  }

  #cutLabel(): string {
    const plan = this.#plan();
    const selected = this.#parts.editor.selected;
    if (!selected) return "–";
    const index = plan.findIndex((one) => one.resection_id === selected.resection_id);
    if (plan.length > 1) return strings.xr.nextCut(index + 1, plan.length);
    return cutName(selected, this.#parts.session.state.getState().scene);
  }

  #nextCut(): void {
    const plan = this.#plan();
    const index = plan.findIndex((one) => one.resection_id === this.#parts.editor.selected?.resection_id);
    const next = plan[(index + 1) % Math.max(1, plan.length)];
    if (next) this.#parts.editor.select(next.resection_id);
  }

  #chosenTumour(): StructureAsset | undefined {
    const { scene } = this.#parts.session.state.getState();
    const tumours = (scene?.structures ?? []).filter((structure) => structure.name.startsWith("tumour_"));
    return tumours[this.#tumour % Math.max(1, tumours.length)];
  }

  #chosenTerritory(): TerritoryChoice | undefined {
    const territories = this.#parts.session.state.getState().scene?.territories ?? [];
    return territories[this.#territory % Math.max(1, territories.length)];
  }

  #cutAround(): void {
    const tumour = this.#chosenTumour();
    if (tumour) this.#parts.editor.placeAround(tumour.name, this.#marginMm, "spheroid");
  }

  #find(): void {
    const { session } = this.#parts;
    const { requestId, fraction } = session.state.getState().proposals;
    if (fraction !== null && requestId) session.cancelProposals(requestId);
    else {
      session.askProposals({
        margin_mm: this.#marginMm,
        minimum_flr_percent: USUAL_REMNANT_PERCENT,
        spare_branches: [],
        tumours: null,
      });
    }
  }

  #findLabel(): string {
    const { fraction } = this.#parts.session.state.getState().proposals;
    if (fraction !== null) return strings.xr.finding(formatNumber(100 * fraction));
    return strings.xr.find(formatMm(this.#marginMm));
  }

  #proposalLabel(): string {
    const found = this.#parts.session.state.getState().proposals.found ?? [];
    if (found.length === 0) return strings.xr.nothing;
    const at = found.findIndex((one) => one.proposal_id === this.#parts.ui.getState().ghost);
    return strings.xr.next(`${at < 0 ? "–" : at + 1} / ${found.length}`);
  }

  #nextProposal(): void {
    const found = this.#parts.session.state.getState().proposals.found ?? [];
    if (found.length === 0) return;
    this.#proposal = (this.#proposal + 1) % found.length;
    this.#parts.ui.setState({ ghost: found[this.#proposal]?.proposal_id ?? null });
  }

  #take(): void {
    const { ui, session } = this.#parts;
    const { ghost } = ui.getState();
    if (ghost === null) return;
    ui.setState({ ghost: null });
    session.takeProposal(ghost);
    this.#parts.show("main");
  }
}
