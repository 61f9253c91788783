// A session looked at again, in a headset: play, step from change to change, go faster, and back to what is now.
import { timeOf, wordsOf } from "../../replay/mark-words";
import { strings } from "../../strings";
import type { ToolPage } from "../tool-page";
import { back, type PageParts, stepper, toPage } from "./page-parts";

/** Of the whole, a press. */
const FAR = 0.1;

export function replayPage(parts: PageParts): ToolPage {
  const { replay: door } = parts;
  const { phase, told, timeline, revision, playing, speed, atMs } = door.state.getState();
  const words = strings.replay;
  if (phase !== "open" || !timeline || !told) {
    return {
      title: words.title,
      note: phase === "loading" ? [words.loading] : [words.bannerHow],
      rows: [
        [{ id: "replay-open", label: words.short, enabled: phase === "closed", press: () => void door.open() }],
        [back(parts, "plans")],
      ],
    };
  }
  const replay = door.replay;
  const mark = timeline.marks.find((placed) => placed.mark.revision === revision)?.mark;
  const who = told.people.find(({ client_id }) => client_id === mark?.by)?.display_name || words.someone;
  return {
    title: words.banner,
    note: [
      ...(mark ? [`${who} ${wordsOf(mark)}`, mark.plan_name] : []),
      timeOf(timeline.realAt(atMs)),
      words.bannerHow,
    ],
    rows: [
      [
        { id: "replay-before", label: "‹", press: () => replay?.step(-1) },
        { id: "replay-play", label: playing ? words.pauseShort : words.playShort, press: () => replay?.toggle() },
        { id: "replay-after", label: "›", press: () => replay?.step(1) },
      ],
      [
        { id: "replay-back", label: "−10 %", press: () => replay?.seek(atMs - FAR * timeline.durationMs) },
        { id: "replay-at", label: words.change(revision, timeline.marks.length), press: null },
        { id: "replay-on", label: "+10 %", press: () => replay?.seek(atMs + FAR * timeline.durationMs) },
      ],
      stepper("replay-speed", `${words.speed} ${speed} ×`, (by) => replay?.changeSpeed(by)),
      [toPage(parts, "plans", strings.plans.title), toPage(parts, "model", strings.xr.model)],
      [{ id: "replay-live", label: words.live, active: true, press: () => door.close() }],
    ],
  };
}
