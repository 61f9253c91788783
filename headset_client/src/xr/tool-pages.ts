// Which page of the tool board is open, and what was chosen on pages.
import { strings } from "../strings";
import { addPage, namedPage, veinsPage, wedgePage } from "./pages/add-pages";
import { mainPage } from "./pages/main-page";
import { notesPage } from "./pages/notes-pages";
import type { PageChoices, PageName, PageParts } from "./pages/page-parts";
import { plansPage } from "./pages/plans-page";
import { proposalsPage } from "./pages/proposals-page";
import { lookPage, modelPage, vesselsPage } from "./pages/reading-pages";
import { replayPage } from "./pages/replay-page";
import { slicePage } from "./pages/slice-page";
import { structurePage, structuresPage } from "./pages/structure-pages";
import { questionPage, voicePage } from "./pages/voice-page";
import type { ButtonSpec, ToolPage } from "./tool-page";

const PAGES: Readonly<Record<PageName, (parts: PageParts) => ToolPage>> = {
  main: mainPage,
  add: addPage,
  wedge: wedgePage,
  named: namedPage,
  veins: veinsPage,
  proposals: proposalsPage,
  plans: plansPage,
  vessels: vesselsPage,
  model: modelPage,
  look: lookPage,
  structures: structuresPage,
  structure: structurePage,
  slice: slicePage,
  notes: notesPage,
  voice: voicePage,
  replay: replayPage,
};

const START: PageChoices = {
  page: "main",
  from: 0,
  tumour: null,
  structure: null,
  marginMm: 10,
  shape: "spheroid",
  proposalMarginMm: 5,
  /** The least in use for a healthy liver (PMC6422720). */
  leastPercent: 20,
  veins: [],
};

/** How long a message of the session stays on the board, milliseconds. */
const TOLD_FOR_MS = 9000;

export class ToolPages {
  readonly #parts: PageParts;
  #told: { readonly id: number; readonly atMs: number } | null = null;

  constructor(parts: Omit<PageParts, "choices" | "choose">, changed: () => void) {
    const choices = { ...START };
    this.#parts = {
      ...parts,
      choices,
      choose: (change) => {
        Object.assign(choices, change);
        changed();
      },
    };
  }

  /** What the server would refuse is greyed, and why is said below. */
  #byRole(page: ToolPage): ToolPage {
    const { session } = this.#parts;
    const mayNot = ({ needs }: ButtonSpec) => needs !== undefined && !session.may(needs);
    const first = page.rows.flat().find(mayNot)?.needs;
    if (!first) return page;
    return {
      ...page,
      rows: page.rows.map((row) => row.map((button) => (mayNot(button) ? { ...button, enabled: false } : button))),
      note: [session.refusal(first) ?? ""],
    };
  }

  /** The open page; what the session has to say takes the place of its note. */
  current(): ToolPage {
    const { page: chosen } = this.#parts.choices;
    // In a replay there is no cut to work on: its page is the first.
    const page = this.#byRole(
      questionPage(this.#parts) ??
        PAGES[chosen === "main" && this.#parts.replay.isOpen ? "replay" : chosen](this.#parts),
    );
    const state = this.#parts.session.state.getState();
    if (state.connection.kind !== "online") return { ...page, note: [strings.connection.reconnecting] };
    const toast = state.toasts[state.toasts.length - 1];
    if (!toast) return recorded(page, state.recording?.by_name);
    if (this.#told?.id !== toast.id) this.#told = { id: toast.id, atMs: performance.now() };
    const over = performance.now() - this.#told.atMs > TOLD_FOR_MS;
    return over ? recorded(page, state.recording?.by_name) : { ...page, note: [toast.message, toast.cure] };
  }
}

/** Nobody is recorded without reading so, wherever they look through. */
function recorded(page: ToolPage, by: string | undefined): ToolPage {
  if (by === undefined) return page;
  const told = `● ${strings.recording.on}${by ? ` · ${by}` : ""}`;
  return { ...page, note: [...page.note.slice(0, 1), told] };
}
