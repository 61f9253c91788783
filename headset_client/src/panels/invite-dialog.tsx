import "../design/access.css";
import { useCallback, useEffect, useRef, useState } from "react";
import type { PlanningApp } from "../planning-app";
import type { InviteLasts, InviteMade, InviteState, Role } from "../protocol";
import { AccessClient, pictureOf, RefusedError } from "../session/access-client";
import { ROLES } from "../session/roles";
import { language, strings } from "../strings";
import { Choice } from "./choice";
import { Dialog } from "./dialog";
import { PeopleList } from "./people-list";

const LENGTHS = ["hour", "today", "week"] as const satisfies readonly InviteLasts[];
const LIST_EVERY_MS = 2000;
const access = new AccessClient();

interface InviteDialogProps {
  readonly app: PlanningApp;
  readonly onClose: () => void;
}

/** Who is here and may do what, a new invitation, and those that let people in. */
export function InviteDialog({ app, onClose }: InviteDialogProps) {
  const [problem, setProblem] = useState("");
  const [made, setMade] = useState<InviteMade | null>(null);
  const [open, setOpen] = useState<readonly InviteState[]>([]);
  const attempt = useCallback(async <T,>(what: Promise<T>): Promise<T | undefined> => {
    try {
      const done = await what;
      setProblem("");
      return done;
    } catch (error) {
      const said = error instanceof RefusedError ? `${error.message} ${error.cure}`.trim() : "";
      setProblem(said || strings.invites.failed);
      return undefined;
    }
  }, []);
  const list = useCallback(async () => {
    const listed = await attempt(access.invites(app.caseId));
    if (listed) setOpen(listed.invites);
  }, [app, attempt]);
  useEffect(() => {
    void list();
    const again = setInterval(() => void list(), LIST_EVERY_MS);
    return () => clearInterval(again);
  }, [list]);
  const act = (what: Promise<void>) => void attempt(what).then(list);
  return (
    <Dialog title={strings.people.inviteTitle} onClose={onClose}>
      <div className="access" data-testid="invite">
        {problem && (
          <p className="caution" role="alert">
            {problem}
          </p>
        )}
        {made ? (
          <NewInvitation made={made} again={() => setMade(null)} />
        ) : (
          <InviteForm
            make={async (role, lasts) => {
              const answer = await attempt(access.invite(app.caseId, role, lasts));
              if (answer) setMade(answer);
              await list();
            }}
          />
        )}
        <PeopleList
          app={app}
          changeRole={(clientId, role) => act(access.changeRole(app.caseId, clientId, role))}
          remove={(clientId) => act(access.remove(app.caseId, clientId))}
        />
        <OpenInvitations invites={open} revoke={(invite) => act(access.revoke(invite.invite_id))} />
      </div>
    </Dialog>
  );
}

function InviteForm({ make }: { readonly make: (role: Role, lasts: InviteLasts) => Promise<void> }) {
  const [role, setRole] = useState<Role>("viewer");
  const [lasts, setLasts] = useState<InviteLasts>("today");
  const [busy, setBusy] = useState(false);
  return (
    <form
      className="invite-form"
      onSubmit={(event) => {
        event.preventDefault();
        setBusy(true);
        void make(role, lasts).finally(() => setBusy(false));
      }}
    >
      <h3>{strings.invites.make}</h3>
      <Choice
        title={strings.roles.role}
        options={ROLES.map((one) => [one, strings.roles.names[one]])}
        value={role}
        choose={setRole}
      />
      <p className="soft">{strings.roles.may[role]}</p>
      <Choice
        title={strings.invites.lasts}
        options={LENGTHS.map((one) => [one, strings.invites.lengths[one]])}
        value={lasts}
        choose={setLasts}
      />
      <button type="submit" className="button primary" disabled={busy}>
        {busy ? strings.invites.making : strings.invites.makeCode}
      </button>
    </form>
  );
}

function NewInvitation({ made, again }: { readonly made: InviteMade; readonly again: () => void }) {
  const { role, expires_at } = made.invite;
  return (
    <section className="invitation" aria-label={strings.invites.code}>
      <div className="invitation-code">
        <p className="soft">
          {strings.roles.names[role]} · {strings.invites.until(timeOf(expires_at))}
        </p>
        <output className="code" data-testid="invite-code">
          {made.code.slice(0, 3)} {made.code.slice(3)}
        </output>
        <p>
          {strings.invites.typeAt} <strong className="address">{made.address.replace(/^https?:\/\//, "")}</strong>
        </p>
        <p className={made.reach === "network" ? "soft" : "caution"}>{made.note}</p>
        <p className="soft">{strings.invites.onceOnly}</p>
      </div>
      {made.qr_svg !== null && (
        <figure>
          <img src={pictureOf(made.qr_svg)} alt={strings.people.inviteCode} />
          <figcaption className="soft">{strings.people.inviteScan}</figcaption>
        </figure>
      )}
      <LinkToCopy url={made.url} />
      <button type="button" className="button quiet" onClick={again}>
        {strings.invites.another}
      </button>
    </section>
  );
}

function LinkToCopy({ url }: { readonly url: string }) {
  const [copied, setCopied] = useState<"no" | "yes" | "by hand">("no");
  const field = useRef<HTMLInputElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(url);
      setCopied("yes");
    } catch {
      // No clipboard without a secure page or the person's leave.
      field.current?.focus();
      setCopied("by hand");
    }
  };
  return (
    <div className="link-to-copy">
      <div className="invite-row">
        <input
          ref={field}
          readOnly
          value={url}
          aria-label={strings.people.inviteLink}
          onFocus={(event) => event.target.select()}
        />
        <button ref={button} type="button" className="button primary" onClick={copy}>
          {copied === "yes" ? strings.people.copied : strings.people.copy}
        </button>
      </div>
      <output className={copied === "yes" ? "sr-only" : "caution"}>
        {copied === "yes" && strings.people.copied}
        {copied === "by hand" && strings.people.copyByHand}
      </output>
    </div>
  );
}

interface OpenInvitationsProps {
  readonly invites: readonly InviteState[];
  readonly revoke: (invite: InviteState) => void;
}

function OpenInvitations({ invites, revoke }: OpenInvitationsProps) {
  return (
    <section aria-label={strings.invites.open}>
      <h3>{strings.invites.open}</h3>
      {invites.length === 0 && <p className="soft">{strings.invites.none}</p>}
      <ul className="access-rows">
        {invites.map((invite) => {
          const names = invite.guests.map((guest) => guest.name || strings.invites.unnamed).join(", ");
          return (
            <li key={invite.invite_id}>
              <span>
                <strong>{strings.roles.names[invite.role]}</strong>{" "}
                <span className="soft">{strings.invites.until(timeOf(invite.expires_at))}</span>
                <small>{names ? strings.invites.guests(names) : strings.invites.nobody}</small>
              </span>
              <button
                type="button"
                className="button danger"
                title={strings.invites.revokeHint}
                onClick={() => revoke(invite)}
              >
                {strings.invites.revoke}
              </button>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

/** The hour, and the day where it is not today. */
export function timeOf(iso: string, now = new Date()): string {
  const at = new Date(iso);
  const today = at.toDateString() === now.toDateString();
  return at.toLocaleString(language, { timeStyle: "short", ...(today ? {} : { dateStyle: "medium" }) });
}
