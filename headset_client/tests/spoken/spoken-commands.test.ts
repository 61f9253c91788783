import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { spokenWordsOf } from "../../src/spoken/matching";
import type { HeardWords, Recogniser, RecogniserHooks } from "../../src/spoken/recogniser";
import { SpokenCommands } from "../../src/spoken/spoken-commands";
import { english } from "../../src/strings";

/** A recogniser that hears what the test says. */
class Ear implements Recogniser {
  hooks: RecogniserHooks | null = null;
  times = 0;

  hear(_language: string, hooks: RecogniserHooks): () => void {
    this.hooks = hooks;
    this.times += 1;
    return () => {
      if (this.hooks === hooks) this.hooks = null;
    };
  }

  async staysHere(): Promise<boolean> {
    return true;
  }

  say(...texts: string[]): void {
    const { hooks } = this;
    if (!hooks) throw new Error("nobody listens");
    this.hooks = null;
    hooks.onHeard(texts.map((text): HeardWords => ({ text, confidence: 0.9 })));
  }

  fail(problem: Parameters<RecogniserHooks["onProblem"]>[0]): void {
    const { hooks } = this;
    this.hooks = null;
    hooks?.onProblem(problem);
  }
}

let ear: Ear;
let done: string[];
let spoken: SpokenCommands;
const command = (title: string) => ({ id: title, title, names: [], run: () => void done.push(title) });
const phase = () => spoken.state.getState().phase;

beforeEach(() => {
  vi.useFakeTimers();
  ear = new Ear();
  done = [];
  spoken = new SpokenCommands({
    recogniser: ear,
    language: "en-GB",
    words: spokenWordsOf(english.spoken),
    commands: () => [command("Hide Liver"), command("Hide Tumour 1"), command("Hide Tumour 2"), command("Undo")],
  });
  spoken.turn(true);
});
afterEach(() => vi.useRealTimers());

describe("a spoken command", () => {
  test("is shown as understood and done after a spoken yes, once", () => {
    spoken.listen();
    ear.say("hide the liver");
    expect([phase(), spoken.state.getState().candidates[0]?.title, done]).toEqual(["confirming", "Hide Liver", []]);
    ear.say("yes");
    spoken.confirm();
    expect([phase(), done]).toEqual(["idle", ["Hide Liver"]]);
  });

  test("is done after a yes by hand as well, and not after a no in either way", () => {
    for (const answer of [() => ear.say("no"), () => spoken.reject()]) {
      spoken.listen();
      ear.say("undo");
      answer();
      expect([phase(), done]).toEqual(["idle", []]);
    }
    spoken.listen();
    ear.say("undo");
    spoken.confirm();
    expect([done, ear.hooks]).toEqual([["Undo"], null]);
  });

  test("is never done by what is no answer; after some of it hands have to answer", () => {
    spoken.listen();
    ear.say("hide liver");
    for (const words of ["what do you think", "hide liver", "perhaps"]) ear.say(words);
    expect([phase(), done, spoken.state.getState().isListening, ear.hooks]).toEqual(["confirming", [], false, null]);
    spoken.confirm();
    expect(done).toEqual(["Hide Liver"]);
  });

  test("that waits too long is given up", () => {
    spoken.listen();
    ear.say("hide liver");
    vi.advanceTimersByTime(21_000);
    expect([phase(), done, ear.hooks]).toEqual(["idle", [], null]);
  });

  test("that may mean two things is asked again, or chosen by hand", () => {
    spoken.listen();
    ear.say("hide tumour");
    expect([phase(), spoken.state.getState().candidates.length, ear.hooks]).toEqual(["unsure", 2, null]);
    spoken.confirm();
    expect(done).toEqual([]);
    spoken.listen();
    ear.say("hide tumour two");
    ear.say("okay");
    spoken.listen();
    ear.say("hide tumour");
    spoken.pick(0);
    expect(done).toEqual(["Hide Tumour 2", "Hide Tumour 1"]);
  });

  test("that nothing is called is asked again", () => {
    spoken.listen();
    ear.say("good morning");
    expect(spoken.state.getState()).toMatchObject({ phase: "unsure", heard: "good morning", candidates: [] });
  });

  test("that is not heard says why", () => {
    spoken.listen();
    ear.fail("denied");
    expect(spoken.state.getState()).toMatchObject({ phase: "problem", problem: "denied", isListening: false });
    spoken.listen();
    expect(phase()).toBe("hearing");
  });
});

test("nothing is listened to while voice commands are off, and turning them off stops at once", () => {
  spoken.listen();
  spoken.turn(false);
  expect([phase(), ear.hooks]).toEqual(["off", null]);
  spoken.listen();
  expect([phase(), ear.times]).toEqual(["off", 1]);
});
