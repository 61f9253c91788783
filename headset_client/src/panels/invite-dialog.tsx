import { useState } from "react";
import { strings } from "../strings";
import { Dialog } from "./dialog";

export function InviteDialog({ onClose }: { readonly onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  const link = location.href.split("#")[0] ?? location.href;
  const copy = async () => {
    // The clipboard needs a secure page; elsewhere the link stays selected for the person to copy.
    await navigator.clipboard?.writeText(link).then(
      () => setCopied(true),
      () => undefined,
    );
  };
  return (
    <Dialog title={strings.people.inviteTitle} onClose={onClose}>
      <p>{strings.people.inviteLead}</p>
      <div className="invite-row">
        <input readOnly value={link} aria-label={strings.people.copy} onFocus={(event) => event.target.select()} />
        <button type="button" className="button primary" onClick={copy}>
          {copied ? strings.people.copied : strings.people.copy}
        </button>
      </div>
      {!isSecureContext && <p className="caution">{strings.people.insecure}</p>}
    </Dialog>
  );
}
