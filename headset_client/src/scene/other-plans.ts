// Plans drawn beside the one that is worked on: the same anatomy, cut as they say, in their own places on screen.
import { Group } from "three";
import { colours } from "../design/tokens";
import type { BranchAsset, ResectionState } from "../protocol";
import { CutUniforms } from "./cut-uniforms";
import type { CutVolumes } from "./cut-volumes";
import { LossColours, type LostBranches } from "./loss-colours";
import { type Organ, ResectionViews } from "./resection-views";
import type { LabelSamples } from "./territory-field";

export interface OtherPlan {
  readonly key: string;
  readonly resections: readonly ResectionState[];
  /** Null where it is not known. */
  readonly lost: LostBranches | null;
}

/** What belongs to the plan worked on, and gives way while another one is drawn. */
export interface OwnPlan {
  readonly patient: Group;
  /** Its cuts, handles and marks. */
  readonly group: Group;
  readonly cut: CutUniforms;
  readonly losses: LossColours;
  readonly organ: Organ;
}

interface Entry {
  readonly group: Group;
  readonly cut: CutUniforms;
  readonly losses: LossColours;
  readonly views: ResectionViews;
  plan: OtherPlan;
}

export class OtherPlans {
  readonly #own: OwnPlan;
  readonly #volumes: CutVolumes;
  readonly #labels = new Map<string, LabelSamples>();
  #branches: readonly BranchAsset[] = [];
  #entries: Entry[] = [];

  constructor(own: OwnPlan, volumes: CutVolumes) {
    this.#own = own;
    this.#volumes = volumes;
  }

  get keys(): readonly string[] {
    return this.#entries.map(({ plan }) => plan.key);
  }

  get count(): number {
    return this.#entries.length;
  }

  get haveCuts(): boolean {
    return this.#entries.some(({ plan }) => plan.resections.length > 0);
  }

  setLabels(labels: LabelSamples): void {
    this.#labels.set(labels.asset.name, labels);
    for (const entry of this.#entries) this.#offer(entry, labels);
  }

  setBranches(branches: readonly BranchAsset[]): void {
    this.#branches = branches;
    for (const { views } of this.#entries) views.territories.setBranches(branches);
  }

  show(plans: readonly OtherPlan[]): void {
    const known = new Map(this.#entries.map((entry) => [entry.plan.key, entry]));
    this.#entries = plans.map((plan) => known.get(plan.key) ?? this.#make(plan));
    for (const entry of this.#entries) known.delete(entry.plan.key);
    for (const gone of known.values()) dispose(gone);
    this.#entries.forEach((entry, index) => {
      entry.plan = plans[index] as OtherPlan;
      this.#lay(entry);
    });
  }

  /** Runs `draw` while the anatomy is cut as this plan says. */
  drawAs(index: number, draw: () => void): void {
    const entry = this.#entries[index];
    if (!entry) return;
    const { group, cut, losses, patient } = this.#own;
    entry.cut.followPatient(patient);
    const takeCutBack = lend(cut.uniforms, entry.cut.uniforms);
    const takeLossesBack = lend(losses.uniforms, entry.losses.uniforms);
    group.visible = false;
    entry.group.visible = true;
    try {
      draw();
    } finally {
      group.visible = true;
      entry.group.visible = false;
      takeCutBack();
      takeLossesBack();
    }
  }

  dispose(): void {
    for (const entry of this.#entries) dispose(entry);
    this.#entries = [];
  }

  #make(plan: OtherPlan): Entry {
    const group = new Group();
    group.visible = false;
    this.#own.patient.add(group);
    const cut = new CutUniforms();
    const views = new ResectionViews(group, cut, this.#volumes, NOBODY_TAKES_THEM);
    views.showSheets();
    views.territories.setBranches(this.#branches);
    const entry: Entry = { group, cut, losses: new LossColours(), views, plan };
    for (const labels of this.#labels.values()) this.#offer(entry, labels);
    return entry;
  }

  #offer({ views, losses }: Entry, labels: LabelSamples): void {
    views.territories.setLabels(labels);
    losses.setLabels(labels);
  }

  #lay({ views, losses, plan }: Entry): void {
    views.organ.centre.copy(this.#own.organ.centre);
    views.organ.halfSize.copy(this.#own.organ.halfSize);
    views.show(
      plan.resections.map((resection) => ({ resection, heldBy: null })),
      () => colours.accent,
      null,
    );
    losses.show(plan.lost);
  }
}

interface Uniforms {
  readonly [name: string]: { value: unknown };
}

/** The materials that share `to` read the values of `from` until what is returned is called. */
function lend(to: Uniforms, from: Uniforms): () => void {
  const before = Object.entries(to).map(([name, uniform]) => [uniform, uniform.value, from[name]?.value] as const);
  for (const [uniform, , lent] of before) uniform.value = lent;
  return () => {
    for (const [uniform, own] of before) uniform.value = own;
  };
}

const NOBODY_TAKES_THEM = { onAdded: () => undefined, onRemoved: () => undefined };

function dispose({ group, cut, losses, views }: Entry): void {
  views.dispose();
  cut.dispose();
  losses.dispose();
  group.removeFromParent();
}
