import "../design/access.css";
import { useEffect, useState } from "react";
import type { PlanningApp } from "../planning-app";
import { strings } from "../strings";
import { findXr, type XrAvailability } from "../xr/xr-support";
import { Icon } from "./icons";
import { InviteDialog } from "./invite-dialog";
import { PresenceControls, RecordedChip } from "./presence-controls";
import { useSession } from "./use-app";
import { useRefusal, useRefusalBelow } from "./use-role";
import { VoiceControls } from "./voice-controls";
import { VoiceMark } from "./voice-mark";

export function TopBar({ app }: { readonly app: PlanningApp }) {
  const title = useSession(app, (state) => state.scene?.title ?? "");
  return (
    <header className="top-bar">
      <a
        className="brand"
        href="/"
        aria-label={`${strings.product}: ${strings.problem.back}`}
        title={strings.problem.back}
      >
        <BrandMark />
        <span>{strings.product}</span>
      </a>
      <h1 className="case-title">{title}</h1>
      <p className="notice">{strings.notice}</p>
      <div className="spacer" />
      <RecordedChip app={app} />
      <ConnectionState app={app} />
      <People app={app} />
      <HeadsetButtons app={app} />
    </header>
  );
}

export function BrandMark() {
  return (
    <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
      <path
        className="liver"
        d="M4 13c0-4.5 4.8-7 11.500-7C23 6 28 8.2 28 11.600c0 3.200-4.500 4.400-7.600 6.400-3.600 2.400-5 7-9.300 7C6.600 25 4 18 4 13z"
      />
      <path className="line" d="M20.500 3.500 10.500 28.500" />
    </svg>
  );
}

function ConnectionState({ app }: { readonly app: PlanningApp }) {
  const connection = useSession(app, (state) => state.connection);
  const unsaved = useSession(app, (state) => state.pending.length);
  const words =
    connection.kind === "online" && connection.roundTripMs !== null
      ? `${strings.connection.online} · ${strings.connection.roundTrip(connection.roundTripMs)}`
      : strings.connection[connection.kind];
  return (
    <output className={`connection ${connection.kind}`}>
      <span className="dot" />
      {words}
      {unsaved > 0 && connection.kind !== "online" && <strong>{strings.unsaved.count(unsaved)}</strong>}
    </output>
  );
}

function People({ app }: { readonly app: PlanningApp }) {
  const people = useSession(app, (state) => state.people);
  const me = useSession(app, (state) => state.me?.clientId);
  const viewing = useRefusal(app, "resection.commit");
  const replaying = useSession(app, (state) => state.past !== null);
  const notOwner = useRefusalBelow(app, "owner");
  const [inviting, setInviting] = useState(false);
  return (
    <div className="people">
      <ul aria-label={strings.people.title}>
        {people.map((person, index) => {
          const name = person.display_name || strings.people.guest(index + 1);
          const mine = person.client_id === me;
          return (
            <li
              key={person.client_id}
              className={person.holding ? "avatar holding" : "avatar"}
              style={{ "--person": person.colour } as React.CSSProperties}
              title={mine ? `${name} (${strings.people.you})` : person.holding ? strings.people.holding(name) : name}
            >
              {initials(name)}
              {person.has_raised_hand && (
                <span className="raised" role="img" aria-label={strings.presence.raised}>
                  <Icon name="hand" />
                </span>
              )}
              <VoiceMark app={app} clientId={person.client_id} />
              {mine && <span className="sr-only"> ({strings.people.you})</span>}
            </li>
          );
        })}
      </ul>
      <PresenceControls app={app} />
      <VoiceControls app={app} />
      {viewing && !replaying && (
        <span className="role-chip" title={viewing}>
          {strings.roles.viewing}
        </span>
      )}
      <button
        type="button"
        className="button quiet"
        disabled={notOwner !== undefined}
        title={notOwner}
        onClick={() => setInviting(true)}
      >
        <Icon name="people" />
        {strings.people.invite}
      </button>
      {inviting && <InviteDialog app={app} onClose={() => setInviting(false)} />}
    </div>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? "") : "";
  return ((words[0]?.[0] ?? "") + last).toUpperCase();
}

function HeadsetButtons({ app }: { readonly app: PlanningApp }) {
  const [xr, setXr] = useState<XrAvailability>({ kind: "checking" });
  useEffect(() => {
    const look = () => void findXr().then(setXr);
    look();
    navigator.xr?.addEventListener("devicechange", look);
    return () => navigator.xr?.removeEventListener("devicechange", look);
  }, []);
  const reason =
    xr.kind === "missing" ? strings.xr[xr.reason] : xr.kind === "checking" ? strings.xr.checking : undefined;
  const ready = xr.kind === "ready";
  const noRoom = ready && !xr.passthrough ? strings.xr.noPassthrough : undefined;
  return (
    <div className="headset-buttons" title={reason}>
      <button type="button" className="button primary" disabled={!ready} onClick={() => app.enter("vr")}>
        <Icon name="headset" />
        {strings.xr.enterVr}
      </button>
      <button type="button" className="button" disabled={!ready} title={noRoom} onClick={() => app.enter("ar")}>
        {strings.xr.enterAr}
      </button>
      {reason && <span className="sr-only">{reason}</span>}
    </div>
  );
}
