import type { PlanningApp } from "../planning-app";
import { goThere } from "../presence/gathering";
import { strings } from "../strings";
import { useSession, useUi } from "./use-app";

/** Somebody asks to their view while this person looks alone, or at what was. */
export function GatherNote({ app }: { readonly app: PlanningApp }) {
  const asked = useUi(app, (state) => state.asked);
  const person = useSession(app, ({ people }) => people.find((one) => one.client_id === asked?.client_id));
  if (!asked || !person) return null;
  const words = strings.gathering;
  return (
    <output className="gather-note" style={{ "--person": person.colour } as React.CSSProperties}>
      {words.asks(person.display_name || strings.people.someone)}
      <button type="button" className="button primary" onClick={() => goThere(app, asked)}>
        {words.come}
      </button>
      <button type="button" className="button" onClick={() => app.ui.setState({ asked: null })}>
        {words.stay}
      </button>
    </output>
  );
}
