// Coming in: six characters on big keys, or the secret of a link; then a name.
import "../design/access.css";
import { useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import { CODE_ALPHABET, CODE_LENGTH, type Me } from "../protocol";
import { AccessClient, RefusedError } from "../session/access-client";
import { codeFrom, secretIn, whereNext } from "../session/join-code";
import { strings } from "../strings";
import { Icon } from "./icons";

type Step =
  | { readonly kind: "checking" }
  | { readonly kind: "code"; readonly problem: string; readonly cure: string }
  | { readonly kind: "name"; readonly me: Me }
  | { readonly kind: "opening" };

const ASKING: Step = { kind: "code", problem: "", cure: "" };
const access = new AccessClient();

export function mountJoin(element: HTMLElement): void {
  createRoot(element).render(<JoinPage />);
}

/** Out of the address bar and the history at once; the server is only told by the body of a request. */
function takeSecret(): ReturnType<typeof secretIn> {
  const found = secretIn(location.hash);
  if (found) history.replaceState(null, "", location.pathname + location.search);
  return found;
}

const secret = takeSecret();

function JoinPage() {
  const [step, setStep] = useState<Step>({ kind: "checking" });
  const joined = (me: Me) => {
    if (me.name === "") setStep({ kind: "name", me });
    else goOn(me);
  };
  const goOn = (me: Me) => {
    setStep({ kind: "opening" });
    location.replace(whereNext(location.search, me.case_id));
  };
  const tell = (error: unknown) => setStep({ kind: "code", ...wordsOf(error) });
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page is there
  useEffect(() => {
    if (secret) {
      access.join(secret.by, secret.secret).then(joined, tell);
      return;
    }
    // Who was led here from a page, and is in already, goes on to it; who is in no more is told why.
    access.me().then(
      (me) => (new URLSearchParams(location.search).has("next") ? goOn(me) : setStep(ASKING)),
      (error: unknown) => (error instanceof RefusedError && error.code !== "no_pass" ? tell(error) : setStep(ASKING)),
    );
  }, []);
  return (
    <main className="join">
      <p className="brand large">{strings.product}</p>
      {step.kind === "checking" && <p className="soft">{strings.join.checking}</p>}
      {step.kind === "opening" && <p className="soft">{strings.join.opening}</p>}
      {step.kind === "code" && (
        <CodeForm
          problem={step.problem}
          cure={step.cure}
          enter={(code) => access.join("code", code).then(joined, tell)}
        />
      )}
      {step.kind === "name" && (
        <NameForm me={step.me} enter={(name) => access.giveName(name).then(() => goOn(step.me), tell)} />
      )}
      <p className="notice">{strings.notice}</p>
    </main>
  );
}

interface CodeFormProps {
  readonly problem: string;
  readonly cure: string;
  readonly enter: (code: string) => Promise<void>;
}

/** Keys on the page for a ray or a finger; a keyboard, and a headset's own, type into the field that lies over the boxes. */
function CodeForm({ problem, cure, enter }: CodeFormProps) {
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    // Elsewhere the system's keyboard would come up over the keys.
    if (matchMedia("(pointer: fine)").matches) field.current?.focus();
  }, []);
  const take = (text: string) => {
    if (busy) return;
    const next = codeFrom(text);
    setCode(next);
    if (next.length < CODE_LENGTH) return;
    setBusy(true);
    void enter(next).finally(() => {
      setBusy(false);
      setCode("");
    });
  };
  return (
    <section aria-label={strings.join.title}>
      <h1>{strings.join.title}</h1>
      <p className="lead">{strings.join.lead}</p>
      <div className="code-boxes">
        <input
          ref={field}
          value={code}
          aria-label={strings.join.code}
          autoCapitalize="characters"
          autoComplete="off"
          spellCheck={false}
          inputMode="text"
          onChange={(event) => take(event.target.value)}
        />
        {Array.from({ length: CODE_LENGTH }, (_, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the boxes are their places
          <span key={index} className={index === code.length ? "code-box next" : "code-box"} aria-hidden="true">
            {code[index] ?? ""}
          </span>
        ))}
      </div>
      <div className="join-says" role="alert">
        {busy && <p className="soft">{strings.join.checking}</p>}
        {!busy && problem && code === "" && (
          <>
            <p className="caution">{problem}</p>
            <p className="soft">{cure}</p>
          </>
        )}
      </div>
      <fieldset className="code-keys" aria-label={strings.join.keys} disabled={busy}>
        {[...CODE_ALPHABET].map((letter) => (
          <button key={letter} type="button" className="code-key" onClick={() => take(code + letter)}>
            {letter}
          </button>
        ))}
        <button
          type="button"
          className="code-key wide"
          aria-label={strings.join.erase}
          disabled={code === ""}
          onClick={() => take(code.slice(0, -1))}
        >
          <Icon name="undo" />
          {strings.join.erase}
        </button>
      </fieldset>
    </section>
  );
}

function NameForm({ me, enter }: { readonly me: Me; readonly enter: (name: string) => Promise<void> }) {
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  return (
    <form
      className="name-form"
      onSubmit={(event) => {
        event.preventDefault();
        setBusy(true);
        void enter(name.trim()).finally(() => setBusy(false));
      }}
    >
      <h1>{strings.join.nameTitle}</h1>
      <p className="lead">{strings.join.nameLead}</p>
      <input
        // biome-ignore lint/a11y/noAutofocus: the one thing to do on this page
        autoFocus
        value={name}
        maxLength={40}
        aria-label={strings.join.name}
        placeholder={strings.join.name}
        autoComplete="name"
        onChange={(event) => setName(event.target.value)}
      />
      <button type="submit" className="button primary" disabled={busy || name.trim() === ""}>
        {strings.join.enter}
      </button>
      <p className="soft">
        {strings.join.as(strings.roles.names[me.role])} {strings.roles.may[me.role]}.
      </p>
    </form>
  );
}

function wordsOf(error: unknown): { readonly problem: string; readonly cure: string } {
  const known: Readonly<Record<string, readonly [string, string]>> = strings.join.problems;
  const refused = error instanceof RefusedError ? error : new RefusedError("offline", "", "");
  const [problem, cure] = known[refused.code] ?? [refused.message, refused.cure];
  return { problem: problem || strings.join.problems.offline[0], cure };
}
