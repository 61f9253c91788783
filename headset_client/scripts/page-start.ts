// The page's own few lines: what is in the page is painted before styles and scripts take the processor.

export interface PageParts {
  readonly styles: readonly string[];
  /** What the first script will import. */
  readonly modules: readonly string[];
  readonly first: string;
  /** Milliseconds after which what paints nothing, as a page in the background, is waited for no longer. */
  readonly patienceMs: number;
  /** From a server that takes longer to answer, styles and scripts are asked for before anything is painted. */
  readonly farMs: number;
}

/** Runs in the page as text: it uses nothing from outside itself. */
export function startPage({ styles, modules, first, patienceMs, farMs }: PageParts): void {
  const link = (rel: string, href: string, as = ""): void => {
    document.head.append(Object.assign(document.createElement("link"), { rel, as, href, crossOrigin: "anonymous" }));
  };
  let [asked, begun] = [false, false];
  const ask = (): void => {
    if (asked) return;
    asked = true;
    for (const href of [first, ...modules]) link("modulepreload", href);
    for (const href of styles) link("preload", href, "style");
  };
  const begin = (): void => {
    if (begun) return;
    begun = true;
    ask();
    for (const href of styles) link("stylesheet", href);
    void import(/* @vite-ignore */ first);
  };
  try {
    // As design/theme.ts keeps it; what the device asks for is in the style.
    const look = localStorage.getItem("cantlie-theme");
    if (look === "dark" || look === "light") document.documentElement.dataset.look = look;
  } catch {
    // Where storage is refused it is the device's look.
  }
  if (!document.querySelector("img.poster") || document.visibilityState === "hidden") {
    begin();
    return;
  }
  const [page] = performance.getEntriesByType("navigation") as PerformanceNavigationTiming[];
  if (page && page.responseStart - page.requestStart > farMs) ask();
  // The task after a frame: the page has nothing to do until what that frame shows is on the screen.
  requestAnimationFrame(() => setTimeout(ask));
  new PerformanceObserver(begin).observe({ type: "paint", buffered: true });
  setTimeout(begin, patienceMs);
}
