import "../design/replay.css";
import { useStore } from "zustand";
import type { PlanningApp } from "../planning-app";
import type { ReplayPerson } from "../protocol";
import { isDecision, timeOf, wordsOf } from "../replay/mark-words";
import { type ReplayState, SPEEDS } from "../replay/replay-state";
import type { PlacedMark, Timeline } from "../replay/timeline";
import { strings } from "../strings";
import { Icon, type IconName } from "./icons";
import { MinutesButton } from "./minutes-button";
import { useSession } from "./use-app";

interface Props {
  readonly app: PlanningApp;
}

/** The session on one line: what happened when, and which instant of it is on screen. */
export function ReplayBar({ app }: Props) {
  const state = useStore(app.replay.state);
  const { told, timeline } = state;
  const words = strings.replay;
  if (!told || !timeline) return <output className="replay-bar loading">{words.loading}</output>;
  return (
    <section className="replay-bar" aria-label={words.title}>
      <Happened app={app} state={state} />
      <Track app={app} timeline={timeline} people={told.people} atMs={state.atMs} />
      <div className="replay-controls">
        <Press icon="stepBack" label={words.previous} run={() => app.replay.replay?.step(-1)} />
        <Press
          icon={state.playing ? "pause" : "play"}
          label={state.playing ? words.pause : words.play}
          primary
          run={() => app.replay.replay?.toggle()}
        />
        <Press icon="stepOn" label={words.next} run={() => app.replay.replay?.step(1)} />
        <label className="replay-speed" title={words.speed}>
          <select
            aria-label={words.speed}
            value={state.speed}
            onChange={(event) => app.replay.replay?.setSpeed(Number(event.target.value))}
          >
            {SPEEDS.map((speed) => (
              <option key={speed} value={speed}>
                {speed} ×
              </option>
            ))}
          </select>
        </label>
        <PlanChoice app={app} />
        <span className="spacer" />
        <MinutesButton app={app} />
        <button type="button" className="button primary" title={words.liveHint} onClick={() => app.replay.close()}>
          {words.live}
        </button>
      </div>
    </section>
  );
}

/** That this is not now; what is recomputed, and what is missing. */
export function ReplayBanner({ app }: Props) {
  const { phase, timeline, told, lostPeople, atMs } = useStore(app.replay.state);
  if (phase !== "open" || !timeline) return null;
  const words = strings.replay;
  const remark = lostPeople ? words.withoutPeople : told?.recorded.length === 0 ? words.noPeople : words.today;
  return (
    <output className="replay-banner">
      <Icon name="replay" />
      <strong>{words.banner}</strong>
      <time>{timeOf(timeline.realAt(atMs))}</time>
      <span className="soft">{remark}</span>
    </output>
  );
}

/** Who did what last. */
function Happened({ app, state }: Props & { readonly state: ReplayState }) {
  const words = strings.replay;
  const { told, timeline, revision } = state;
  const placed = timeline?.marks.find(({ mark }) => mark.revision === revision);
  const person = told?.people.find(({ client_id }) => client_id === placed?.mark.by);
  const of = timeline?.marks.length ?? 0;
  const shown = useSession(app, (session) => session.past);
  return (
    <p className={shown === revision ? "replay-happened" : "replay-happened waiting"}>
      {placed ? (
        <>
          <span className="dot" style={{ background: person?.colour }} />
          <strong>{person?.display_name || words.someone}</strong>
          <span>{wordsOf(placed.mark)}</span>
          <span className="soft">{placed.mark.plan_name}</span>
        </>
      ) : (
        <span className="soft">{of === 0 ? words.nothing : "—"}</span>
      )}
      <span className="soft count">{words.change(revision, of)}</span>
    </p>
  );
}

interface TrackProps extends Props {
  readonly timeline: Timeline;
  readonly people: readonly ReplayPerson[];
  readonly atMs: number;
}

function Track({ app, timeline, people, atMs }: TrackProps) {
  const colours = new Map(people.map((person) => [person.client_id, person.colour] as const));
  const share = (ms: number) => `${(100 * ms) / Math.max(1, timeline.durationMs)}%`;
  return (
    <div className="replay-track">
      <div className="replay-line" />
      {timeline.recordedParts.map(([from, to]) => (
        <div key={from} className="replay-recorded" style={{ left: share(from), width: share(to - from) }} />
      ))}
      <div className="replay-passed" style={{ width: share(atMs) }} />
      {timeline.marks.map((placed) => (
        <Mark key={placed.mark.revision} placed={placed} left={share(placed.atMs)} colour={colours} />
      ))}
      <div className="replay-head" style={{ left: share(atMs) }} />
      <input
        type="range"
        min={0}
        max={timeline.durationMs}
        step={1}
        value={atMs}
        aria-label={strings.replay.scrub}
        aria-valuetext={timeOf(timeline.realAt(atMs))}
        onChange={(event) => app.replay.replay?.seek(Number(event.target.value))}
        onPointerUp={(event) => event.currentTarget.blur()}
      />
    </div>
  );
}

interface MarkProps {
  readonly placed: PlacedMark;
  readonly left: string;
  readonly colour: ReadonlyMap<string, string>;
}

function Mark({ placed: { mark }, left, colour }: MarkProps) {
  const decided = isDecision(mark);
  return (
    <div
      className={decided ? `replay-mark decided ${mark.kind}` : "replay-mark"}
      style={{ left, "--by": colour.get(mark.by) } as React.CSSProperties}
      title={wordsOf(mark)}
    />
  );
}

function PlanChoice({ app }: Props) {
  const entries = useSession(app, (state) => state.book.entries);
  const lookedAt = useSession(app, (state) => state.book.lookedAt);
  if (entries.length < 2) return null;
  return (
    <label className="replay-plan">
      <Icon name="plans" />
      <select
        aria-label={strings.replay.plan}
        value={lookedAt}
        onChange={(event) => app.session.lookAt(event.target.value)}
      >
        {entries.map(({ plan_id, name }) => (
          <option key={plan_id} value={plan_id}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

interface PressProps {
  readonly icon: IconName;
  readonly label: string;
  readonly primary?: boolean;
  readonly run: () => void;
}

function Press({ icon, label, primary = false, run }: PressProps) {
  return (
    <button
      type="button"
      className={primary ? "button icon-only replay-play" : "button icon-only"}
      aria-label={label}
      title={label}
      onClick={run}
    >
      <Icon name={icon} />
    </button>
  );
}
