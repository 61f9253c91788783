// Hearing words: the browser's own recogniser, where it has one; on the device itself wherever it can.

export interface HeardWords {
  readonly text: string;
  /** 0 to 1; browsers that do not know say 0. */
  readonly confidence: number;
}

export type RecogniserProblem = "nothing" | "denied" | "none" | "network" | "language";

export interface RecogniserHooks {
  /** What may have been said, the likeliest first. */
  onHeard(alternatives: readonly HeardWords[]): void;
  onProblem(problem: RecogniserProblem): void;
}

export interface Recogniser {
  /** Hears one utterance; the function returned gives it up. */
  hear(language: string, hooks: RecogniserHooks): () => void;
  /** Whether speech in this language stays on this device. */
  staysHere(language: string): Promise<boolean>;
}

interface BrowserRecognition extends EventTarget {
  lang: string;
  maxAlternatives: number;
  interimResults: boolean;
  processLocally?: boolean;
  onresult: ((event: { readonly results: ArrayLike<ArrayLike<Alternative>> }) => void) | null;
  onerror: ((event: { readonly error: string }) => void) | null;
  onend: (() => void) | null;
  start(): void;
  abort(): void;
}

interface Alternative {
  readonly transcript: string;
  readonly confidence: number;
}

interface RecognitionKind {
  new (): BrowserRecognition;
  /** Chromium 138 and later: whether a language can be understood without a server. */
  available?(options: { langs: readonly string[]; processLocally: boolean }): Promise<string>;
}

const ALTERNATIVES = 5;

/** Null where the browser cannot. */
export function browserRecogniser(): Recogniser | null {
  const here = globalThis as { SpeechRecognition?: RecognitionKind; webkitSpeechRecognition?: RecognitionKind };
  const kind = here.SpeechRecognition ?? here.webkitSpeechRecognition;
  return kind ? new OfBrowser(kind) : null;
}

class OfBrowser implements Recogniser {
  readonly #kind: RecognitionKind;

  constructor(kind: RecognitionKind) {
    this.#kind = kind;
  }

  async staysHere(language: string): Promise<boolean> {
    const available = await this.#kind.available?.({ langs: [language], processLocally: true }).catch(() => "no");
    return available === "available";
  }

  hear(language: string, hooks: RecogniserHooks): () => void {
    const recognition = new this.#kind();
    let over = false;
    const end = (tell: () => void) => {
      if (over) return;
      over = true;
      tell();
    };
    recognition.lang = language;
    recognition.maxAlternatives = ALTERNATIVES;
    recognition.interimResults = false;
    recognition.onresult = ({ results }) => end(() => hooks.onHeard(alternativesOf(results)));
    recognition.onerror = ({ error }) => end(() => hooks.onProblem(problemOf(error)));
    recognition.onend = () => end(() => hooks.onProblem("nothing"));
    void this.staysHere(language).then((local) => {
      if (over) return;
      if (local) recognition.processLocally = true;
      recognition.start();
    });
    return () =>
      end(() => {
        recognition.abort();
      });
  }
}

function alternativesOf(results: ArrayLike<ArrayLike<Alternative>>): readonly HeardWords[] {
  const last = results[results.length - 1];
  return Array.from(last ?? [], ({ transcript, confidence }) => ({ text: transcript, confidence }));
}

function problemOf(error: string): RecogniserProblem {
  switch (error) {
    case "not-allowed":
    case "service-not-allowed":
      return "denied";
    case "audio-capture":
      return "none";
    case "network":
      return "network";
    case "language-not-supported":
      return "language";
    default:
      return "nothing";
  }
}
