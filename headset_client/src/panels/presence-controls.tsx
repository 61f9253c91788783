import "../design/presence.css";
import { useEffect } from "react";
import type { PlanningApp } from "../planning-app";
import { gatherPeople } from "../presence/gathering";
import { LivePresence } from "../presence/live-presence";
import { LEAST_ROLE } from "../protocol";
import { strings } from "../strings";
import { Icon, type IconName } from "./icons";
import { useSession, useUi } from "./use-app";

/** Raise a hand, show one's view, look alone; of use as soon as somebody else is there. */
export function PresenceControls({ app }: { readonly app: PlanningApp }) {
  const people = useSession(app, (state) => state.people);
  const me = useSession(app, (state) => state.me?.clientId);
  const alone = useUi(app, (state) => state.privateView);
  useEffect(() => {
    const presence = new LivePresence(app);
    app.presence = presence;
    return () => {
      app.presence = null;
      presence.dispose();
    };
  }, [app]);
  const self = people.find(({ client_id }) => client_id === me);
  const recording = useSession(app, (state) => state.recording);
  if (!self || (people.length < 2 && !recording)) return null;
  const words = strings.presence;
  const mayPresent = LEAST_ROLE["presence.present"] !== "editor" || self.role !== "viewer";
  const mayGather = self.role === "owner" || self.is_presenting === true;
  return (
    <div className="presence-controls">
      <Toggle
        icon="hand"
        on={self.has_raised_hand === true}
        label={self.has_raised_hand ? words.lowerHand : words.raiseHand}
        press={() => app.session.raiseHand(!self.has_raised_hand)}
      />
      <Toggle
        icon="present"
        on={self.is_presenting === true}
        label={mayPresent ? (self.is_presenting ? words.endPresenting : words.present) : words.viewersDoNot}
        disabled={!mayPresent}
        press={() => app.session.present(!self.is_presenting)}
      />
      <Toggle
        icon="gather"
        label={mayGather ? strings.gathering.gather : strings.gathering.gatherNot}
        disabled={!mayGather}
        press={() => gatherPeople(app)}
      />
      {self.role === "owner" && (
        <Toggle
          icon="record"
          on={recording !== null}
          label={recording ? strings.recording.stop : strings.recording.start}
          press={() => app.session.record(!recording)}
        />
      )}
      <Toggle
        icon="eyeOff"
        on={alone}
        label={alone ? words.beSeen : words.lookAlone}
        press={() => app.ui.setState({ privateView: !alone })}
      />
    </div>
  );
}

/** Who presents, and whether one's own view goes along. */
export function PresenterNote({ app }: { readonly app: PlanningApp }) {
  const people = useSession(app, (state) => state.people);
  const me = useSession(app, (state) => state.me?.clientId);
  const follows = useUi(app, (state) => state.followsPresenter);
  const presenter = people.find(({ is_presenting }) => is_presenting);
  if (!presenter) return null;
  const words = strings.presence;
  const name = presenter.display_name || strings.people.someone;
  return (
    <output className="presenter-note" style={{ "--person": presenter.colour } as React.CSSProperties}>
      <span className="dot" />
      {presenter.client_id === me ? words.youPresent : follows ? words.following(name) : words.presents(name)}
      {presenter.client_id === me ? (
        <button type="button" className="button" onClick={() => app.session.present(false)}>
          {words.end}
        </button>
      ) : (
        <button type="button" className="button" onClick={() => app.ui.setState({ followsPresenter: !follows })}>
          {follows ? words.stopFollowing : words.follow}
        </button>
      )}
    </output>
  );
}

/** That it is recorded where people are: seen by all of them. */
export function RecordedChip({ app }: { readonly app: PlanningApp }) {
  const recording = useSession(app, (state) => state.recording);
  if (!recording) return null;
  const told = strings.recording.told(recording.by_name || strings.people.someone);
  return (
    <output className="recorded-chip" title={told}>
      {strings.recording.on}
      <span className="sr-only">: {told}</span>
    </output>
  );
}

interface ToggleProps {
  readonly icon: IconName;
  readonly on?: boolean;
  readonly label: string;
  readonly disabled?: boolean;
  readonly press: () => void;
}

function Toggle({ icon, on, label, disabled = false, press }: ToggleProps) {
  return (
    <button
      type="button"
      className="button icon-only"
      aria-pressed={on}
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={press}
    >
      <Icon name={icon} />
    </button>
  );
}
