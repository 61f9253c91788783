// The control that somebody who works by keys has come to. It keeps its space bar and its Enter; one that the mouse
// pressed last does not. The browser's own `:focus-visible` is no help: any key turns a pressed button into one.

export class TabbedControl {
  #isTabbing = false;
  #control: EventTarget | null = null;

  follow(page: EventTarget, signal: AbortSignal): void {
    const first = { capture: true, signal };
    page.addEventListener("keydown", (event) => this.#key(event), first);
    page.addEventListener("pointerdown", () => this.#pressed(), first);
    page.addEventListener("focusin", (event) => this.#focused(event.target), first);
    page.addEventListener("focusout", () => this.#focused(null), first);
  }

  is(target: EventTarget | null): boolean {
    return target !== null && target === this.#control;
  }

  #key(event: Event): void {
    if ("key" in event && event.key === "Tab") this.#isTabbing = true;
  }

  #pressed(): void {
    this.#isTabbing = false;
    this.#control = null;
  }

  #focused(target: EventTarget | null): void {
    this.#control = this.#isTabbing ? target : null;
  }
}
