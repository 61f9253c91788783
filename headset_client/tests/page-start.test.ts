// The order in which a page comes to life: what is in it is painted before scripts and styles run.
import { afterEach, expect, test, vi } from "vitest";
import { type PageParts, startPage } from "../scripts/page-start";

const PARTS: PageParts = {
  styles: ["/a.css"],
  modules: ["/b.js"],
  first: "data:text/javascript,globalThis.pageStarted()",
  patienceMs: 300,
  farMs: 30,
};

interface FakePage {
  readonly links: { rel: string; href: string }[];
  readonly look: { look?: string };
  readonly started: ReturnType<typeof vi.fn>;
  /** The page is laid out. */
  frame(): void;
  /** And on the screen. */
  paint(): void;
}

interface Circumstances {
  readonly poster: boolean;
  readonly look?: string;
  readonly answerMs?: number;
}

const waiting: ReturnType<typeof setTimeout>[] = [];

function page({ poster, look, answerMs = 5 }: Circumstances): FakePage {
  const links: FakePage["links"] = [];
  const dataset: FakePage["look"] = {};
  const started = vi.fn();
  let [frame, paint] = [(): void => {}, (): void => {}];
  vi.stubGlobal("requestAnimationFrame", (asked: () => void) => {
    frame = asked;
  });
  vi.stubGlobal("pageStarted", started);
  const later = globalThis.setTimeout;
  vi.stubGlobal("setTimeout", (task: () => void, delayMs?: number) => waiting.push(later(task, delayMs)));
  vi.stubGlobal("performance", { getEntriesByType: () => [{ requestStart: 10, responseStart: 10 + answerMs }] });
  vi.stubGlobal("localStorage", { getItem: () => look ?? null });
  vi.stubGlobal("document", {
    head: { append: (link: FakePage["links"][number]) => links.push(link) },
    createElement: () => ({}),
    documentElement: { dataset },
    querySelector: () => (poster ? {} : null),
    visibilityState: "visible",
  });
  vi.stubGlobal(
    "PerformanceObserver",
    class {
      constructor(seen: () => void) {
        paint = seen;
      }
      observe(): void {}
    },
  );
  return { links, look: dataset, started, frame: () => frame(), paint: () => paint() };
}

/** As the page has it: as text, without anything of this module around it. */
const inPage = (parts: PageParts): void => new Function(`return ${startPage.toString()}`)()(parts);

afterEach(() => {
  // What a page would do later finds no page any more.
  for (const one of waiting.splice(0)) clearTimeout(one);
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

test("a page without a picture begins at once", async () => {
  const { links, started } = page({ poster: false });
  startPage(PARTS);
  expect(links.map(({ rel, href }) => `${rel} ${href}`)).toEqual([
    `modulepreload ${PARTS.first}`,
    "modulepreload /b.js",
    "preload /a.css",
    "stylesheet /a.css",
  ]);
  await vi.waitFor(() => expect(started).toHaveBeenCalledTimes(1));
});

test("a page with a picture asks for the rest behind its first frame, and begins when that is painted, once", async () => {
  const { links, started, frame, paint } = page({ poster: true });
  // Another module than that of the test before: each runs once.
  startPage({ ...PARTS, first: `${PARTS.first};` });
  expect(links).toEqual([]);
  frame();
  await vi.waitFor(() => expect(links.map(({ rel }) => rel)).toEqual(["modulepreload", "modulepreload", "preload"]));
  expect(started).not.toHaveBeenCalled();
  paint();
  paint();
  await vi.waitFor(() => expect(started).toHaveBeenCalledTimes(1));
  expect(links).toHaveLength(4);
});

test("a page from a server far away asks for the rest at once, and begins when it is painted", () => {
  const { links, started } = page({ poster: true, answerMs: 45 });
  startPage(PARTS);
  expect(links.map(({ rel }) => rel)).toEqual(["modulepreload", "modulepreload", "preload"]);
  expect(started).not.toHaveBeenCalled();
});

test("a page whose picture is never painted begins all the same", () => {
  vi.useFakeTimers();
  const { links } = page({ poster: true });
  startPage(PARTS);
  vi.advanceTimersByTime(PARTS.patienceMs);
  expect(links).toHaveLength(4);
});

test("the look that the person chose is there before anything is painted; the device's needs no script", () => {
  const chosen = page({ poster: true, look: "light" });
  startPage(PARTS);
  expect(chosen.look).toEqual({ look: "light" });
  const device = page({ poster: true, look: "system" });
  startPage(PARTS);
  expect(device.look).toEqual({});
});

test("it needs nothing from outside itself", () => {
  const { links } = page({ poster: true });
  expect(() => inPage(PARTS)).not.toThrow();
  expect(links).toEqual([]);
});
