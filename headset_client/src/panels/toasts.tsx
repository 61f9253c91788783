import { useEffect } from "react";
import type { PlanningApp } from "../planning-app";
import type { Toast } from "../session/session-state";
import { strings } from "../strings";
import { Icon } from "./icons";
import { useSession } from "./use-app";

const SHOWN_MS = 8000;

export function Toasts({ app }: { readonly app: PlanningApp }) {
  const toasts = useSession(app, (state) => state.toasts);
  return (
    <div className="toasts" role="alert">
      {toasts.map((toast) => (
        <ToastView key={toast.id} toast={toast} dismiss={() => app.session.dismiss(toast.id)} />
      ))}
    </div>
  );
}

function ToastView({ toast, dismiss }: { readonly toast: Toast; readonly dismiss: () => void }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the clock of a toast starts once, when it appears
  useEffect(() => {
    if (toast.stays) return;
    const timer = setTimeout(dismiss, SHOWN_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="toast">
      <div>
        <strong>{toast.message}</strong>
        <p>{toast.cure}</p>
      </div>
      <button type="button" className="button icon-only" aria-label={strings.help.close} onClick={dismiss}>
        <Icon name="close" />
      </button>
    </div>
  );
}
