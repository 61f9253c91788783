import { useState } from "react";
import { strings } from "../strings";

const SEEN = "cantlie-hint-seen";

function wasSeen(): boolean {
  try {
    return localStorage.getItem(SEEN) !== null;
  } catch {
    return true;
  }
}

/** Three steps, shown once on this device. */
export function Hint() {
  const [open, setOpen] = useState(() => !wasSeen());
  if (!open) return null;
  const dismiss = () => {
    setOpen(false);
    try {
      localStorage.setItem(SEEN, "1");
    } catch {
      // Private windows may forbid storage; the hint then comes back next time.
    }
  };
  return (
    <aside className="hint">
      <ol>
        {strings.hint.steps.map(([name, words], index) => (
          <li key={name}>
            <span className="step">{index + 1}</span>
            <div>
              <strong>{name}</strong>
              <p>{words}</p>
            </div>
          </li>
        ))}
      </ol>
      <button type="button" className="button" onClick={dismiss}>
        {strings.hint.dismiss}
      </button>
    </aside>
  );
}
