import "../design/spoken.css";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import type { PlanningApp } from "../planning-app";
import { spokenCommandsOf } from "../spoken/command-names";
import { spokenWordsOf } from "../spoken/matching";
import { browserRecogniser } from "../spoken/recogniser";
import { wantsSpoken } from "../spoken/spoken-choice";
import { SpokenCommands } from "../spoken/spoken-commands";
import { strings } from "../strings";
import { Icon } from "./icons";

/** What was understood of a spoken command, and whether it is meant. */
export function SpokenBar({ app }: { readonly app: PlanningApp }) {
  const [spoken, setSpoken] = useState<SpokenCommands | null>(null);
  useEffect(() => {
    const recogniser = browserRecogniser();
    if (!recogniser) return;
    const words = strings.spoken;
    const made = new SpokenCommands({
      recogniser,
      language: words.languageTag,
      words: spokenWordsOf(words),
      commands: () => spokenCommandsOf(app),
    });
    made.turn(wantsSpoken());
    app.spoken = made;
    setSpoken(made);
    return () => {
      app.spoken = null;
      made.dispose();
    };
  }, [app]);
  return spoken && <Dialogue spoken={spoken} />;
}

function Dialogue({ spoken }: { readonly spoken: SpokenCommands }) {
  const { phase, heard, candidates, problem, isListening } = useStore(spoken.state);
  const words = strings.spoken;
  if (phase === "off") return null;
  const again = (
    <button type="button" className="button" onClick={() => spoken.listen()}>
      <Icon name="mic" />
      {phase === "idle" ? words.listen : words.again}
      {phase === "idle" && <kbd>;</kbd>}
    </button>
  );
  if (phase === "idle") return <div className="spoken idle">{again}</div>;
  return (
    <output className={isListening ? "spoken listening" : "spoken"} data-testid="spoken">
      <Icon name={isListening ? "waves" : "mic"} />
      <div>
        {heard && <p className="soft">{words.heard(heard)}</p>}
        <Question spoken={spoken} />
        {phase === "hearing" && <p className="soft">{words.example}</p>}
        {problem && <p className="caution">{words.problems[problem]}</p>}
      </div>
      <div className="spoken-answers">
        {phase === "confirming" && (
          <button type="button" className="button primary" onClick={() => spoken.confirm()}>
            {words.doIt}
          </button>
        )}
        {phase === "unsure" &&
          candidates.map((command, index) => (
            <button key={command.id} type="button" className="button" onClick={() => spoken.pick(index)}>
              {command.title}
            </button>
          ))}
        {(phase === "unsure" || phase === "problem") && again}
        <button type="button" className="button" onClick={() => spoken.reject()}>
          {phase === "confirming" ? words.dont : strings.help.close}
        </button>
      </div>
    </output>
  );
}

function Question({ spoken }: { readonly spoken: SpokenCommands }) {
  const { phase, candidates, isListening } = useStore(spoken.state);
  const words = strings.spoken;
  switch (phase) {
    case "hearing":
      return <strong>{words.hearing}</strong>;
    case "confirming":
      return (
        <>
          <strong>{words.question(candidates[0]?.title ?? "")}</strong>
          <p className="soft">{isListening ? words.answer : words.answerByHand}</p>
        </>
      );
    case "unsure":
      return <strong>{candidates.length > 0 ? words.unsure : words.unknown}</strong>;
    default:
      return null;
  }
}
