// The picture that the server put into the page: it stands where the first live picture will, and gives way to it.

/** Longer than a blink and shorter than a wait. */
const FADE_MS = 180;

export function takePoster(): HTMLImageElement | null {
  return document.querySelector<HTMLImageElement>("img.poster");
}

/** Gives way to the picture behind it: both together stay as bright as each alone. */
export async function fadePoster(poster: HTMLImageElement): Promise<void> {
  const host = poster.parentElement;
  host?.classList.add("fading");
  if (!matchMedia("(prefers-reduced-motion: reduce)").matches) {
    const timing = { duration: FADE_MS, easing: "linear", fill: "forwards" } as const;
    await poster.animate([{ opacity: 1 }, { opacity: 0 }], timing).finished.catch(() => undefined);
  }
  poster.remove();
  host?.classList.remove("fading");
}
