import { expect, test } from "vitest";
import { TabbedControl } from "../../src/tools/tabbed-control";

/** A page with controls, as far as a control that has the focus is concerned. */
class Page extends EventTarget {
  readonly tabbed = new TabbedControl();

  constructor() {
    super();
    this.tabbed.follow(this, new AbortController().signal);
  }

  key(name: string): void {
    this.dispatchEvent(Object.assign(new Event("keydown"), { key: name }));
  }

  focus(control: EventTarget): void {
    this.dispatchEvent(new Event("focusout"));
    this.dispatchEvent(Object.defineProperty(new Event("focusin"), "target", { value: control }));
  }

  press(control: EventTarget): void {
    this.dispatchEvent(new Event("pointerdown"));
    this.focus(control);
  }
}

test("a button that the mouse pressed is not one that somebody came to by keys, whatever key follows", () => {
  const [page, button] = [new Page(), new EventTarget()];
  page.press(button);
  page.key(" ");
  page.key("x");
  expect(page.tabbed.is(button)).toBe(false);
});

test("who tabs to a control keeps its keys there, and in what it opens, until the mouse is used", () => {
  const [page, button, opened] = [new Page(), new EventTarget(), new EventTarget()];
  page.key("Tab");
  page.focus(button);
  expect(page.tabbed.is(button)).toBe(true);
  page.key("Enter");
  page.focus(opened);
  expect([page.tabbed.is(button), page.tabbed.is(opened)]).toEqual([false, true]);
  page.press(opened);
  expect(page.tabbed.is(opened)).toBe(false);
  expect(page.tabbed.is(null)).toBe(false);
});
