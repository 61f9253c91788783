// The resections of the displayed plan on screen, kept in step with it.
import { Group, type Mesh, Vector3 } from "three";
import { colours } from "../design/tokens";
import type { ResectionState, TerritoryResectionState } from "../protocol";
import type { DisplayedResection } from "../session/displayed-plan";
import type { CutView } from "./cut-face";
import { CUT_ORDER, type CutKind, type CutUniforms, MAX_CUTS } from "./cut-uniforms";
import type { CutVolumes } from "./cut-volumes";
import { PlaneView } from "./plane-view";
import { SurfaceView } from "./surface-view";
import { TerritoryView } from "./territory-view";
import { WedgeView } from "./wedge-view";

/** The organ that sheets frame, patient group metres. */
export interface Organ {
  readonly centre: Vector3;
  readonly halfSize: Vector3;
}

export interface ShownResection {
  readonly resection: ResectionState;
  readonly view: CutView;
  readonly heldBy: string | null;
}

export interface ResectionHooks {
  onAdded(resectionId: string, pick: Mesh): void;
  onRemoved(resectionId: string): void;
}

interface Entry extends ShownResection {
  resection: ResectionState;
  readonly index: number;
}

export class ResectionViews {
  readonly organ: Organ = { centre: new Vector3(), halfSize: new Vector3(0.12, 0.1, 0.08) };
  readonly territories: TerritoryView;
  /** What shows the cuts themselves; cuts divide the anatomy without it. */
  readonly #sheets = new Group();
  readonly #cut: CutUniforms;
  readonly #volumes: CutVolumes;
  readonly #hooks: ResectionHooks;
  readonly #entries = new Map<string, Entry>();

  constructor(parent: Group, cut: CutUniforms, volumes: CutVolumes, hooks: ResectionHooks) {
    this.#cut = cut;
    this.#volumes = volumes;
    this.#hooks = hooks;
    this.territories = new TerritoryView(cut, volumes);
    this.#sheets.visible = false;
    this.#sheets.add(this.territories.group);
    parent.add(this.#sheets);
  }

  /** From now on: they are drawn with much that the first picture does not wait for. */
  showSheets(): void {
    this.#sheets.visible = true;
  }

  /** Those that have a view of their own: all but territories. */
  get all(): readonly ShownResection[] {
    return [...this.#entries.values()];
  }

  get(resectionId: string): ShownResection | undefined {
    return this.#entries.get(resectionId);
  }

  /** `colourOf` a holder; `emphasised` is under a pointer. */
  show(plan: readonly DisplayedResection[], colourOf: (clientId: string) => string, emphasised: string | null): void {
    const shown = plan.slice(0, MAX_CUTS);
    this.#removeAllBut(new Map(shown.map(({ resection }) => [resection.resection_id, viewKind(resection)])));
    const territories: TerritoryResectionState[] = [];
    const kinds: CutKind[] = [];
    for (const { resection, heldBy } of inCutOrder(shown)) {
      if (resection.kind === "territory") territories.push(resection);
      else {
        const entry = this.#show(resection, heldBy, kinds.length);
        const id = resection.resection_id;
        entry.view.setTint(heldBy ? colourOf(heldBy) : colours.accent, heldBy !== null || emphasised === id);
        kinds.push(viewKind(resection));
      }
    }
    if (this.territories.show(territories, kinds.length)) kinds.push("territory");
    this.#cut.setKinds(kinds);
  }

  /** One cut was moved and nothing else: true where it was there and is laid out anew. */
  move(resection: ResectionState): boolean {
    const entry = this.#entries.get(resection.resection_id);
    if (!entry || viewKind(entry.resection) !== viewKind(resection)) return false;
    entry.resection = resection;
    entry.view.show(resection, entry.index);
    return true;
  }

  dispose(): void {
    this.#removeAllBut(new Map());
    this.territories.dispose();
    this.#sheets.removeFromParent();
  }

  /** What has not changed is not laid out again: of several cuts a hand moves one. */
  #show(resection: ResectionState, heldBy: string | null, index: number): Entry {
    const id = resection.resection_id;
    const known = this.#entries.get(id);
    if (known && known.resection === resection && known.index === index && known.heldBy === heldBy) return known;
    const view = known?.view ?? this.#add(resection);
    if (known?.resection !== resection || known.index !== index) view.show(resection, index);
    const entry = { resection, view, heldBy, index };
    this.#entries.set(id, entry);
    return entry;
  }

  #add(resection: ResectionState): CutView {
    const view = this.#viewOf(resection);
    this.#sheets.add(view.group);
    if (view.pick) this.#hooks.onAdded(resection.resection_id, view.pick);
    return view;
  }

  #viewOf(resection: ResectionState): CutView {
    if (resection.kind === "surface") return new SurfaceView(this.#cut, this.#volumes, this.organ);
    if (resection.kind === "wedge") return new WedgeView(resection.geometry.shape, this.#cut, this.#volumes);
    return new PlaneView(this.#cut, this.#volumes, this.organ);
  }

  /** Views whose resection is gone, or is of another kind now. */
  #removeAllBut(kept: ReadonlyMap<string, string>): void {
    for (const [id, entry] of this.#entries) {
      if (kept.get(id) === viewKind(entry.resection)) continue;
      this.#hooks.onRemoved(id);
      entry.view.dispose();
      this.#entries.delete(id);
    }
  }
}

function inCutOrder(plan: readonly DisplayedResection[]): readonly DisplayedResection[] {
  const place = ({ resection }: DisplayedResection) => CUT_ORDER.indexOf(viewKind(resection));
  return [...plan].sort((one, other) => place(one) - place(other));
}

function viewKind(resection: ResectionState): CutKind {
  return resection.kind === "wedge" ? resection.geometry.shape : resection.kind;
}
