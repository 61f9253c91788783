import { useEffect, useRef, useState } from "react";
import type { Invite } from "../protocol";
import { strings } from "../strings";
import { Dialog } from "./dialog";
import { loadInvite, pictureOf } from "./invite";

interface InviteDialogProps {
  readonly caseId: string;
  readonly onClose: () => void;
}

export function InviteDialog({ caseId, onClose }: InviteDialogProps) {
  const [invite, setInvite] = useState<Invite | "loading" | "failed">("loading");
  const [attempt, setAttempt] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another attempt is another load
  useEffect(() => {
    let wanted = true;
    setInvite("loading");
    loadInvite(caseId).then(
      (loaded) => wanted && setInvite(loaded),
      () => wanted && setInvite("failed"),
    );
    return () => {
      wanted = false;
    };
  }, [caseId, attempt]);
  return (
    <Dialog title={strings.people.inviteTitle} onClose={onClose}>
      {invite === "loading" && <p>{strings.people.inviteLoading}</p>}
      {invite === "failed" && (
        <div role="alert">
          <p className="caution">{strings.people.inviteFailed}</p>
          <button type="button" className="button" onClick={() => setAttempt(attempt + 1)}>
            {strings.people.inviteRetry}
          </button>
        </div>
      )}
      {typeof invite === "object" && <Invitation invite={invite} />}
    </Dialog>
  );
}

function Invitation({ invite }: { readonly invite: Invite }) {
  const alone = invite.reach === "this_computer";
  return (
    <div className="invite" data-testid="invite">
      {alone ? <p className="caution">{invite.note}</p> : <p>{strings.people.inviteLead}</p>}
      {invite.qr_svg !== null && (
        <figure>
          <img src={pictureOf(invite.qr_svg)} alt={strings.people.inviteCode} />
          <figcaption>{strings.people.inviteScan}</figcaption>
        </figure>
      )}
      <LinkToCopy url={invite.url} />
      {!alone && <p>{invite.note}</p>}
    </div>
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
    <>
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
    </>
  );
}
