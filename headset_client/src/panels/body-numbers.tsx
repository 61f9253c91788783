import { useState } from "react";
import type { PlanningApp } from "../planning-app";
import type { BodyState } from "../protocol";
import { strings } from "../strings";
import type { NumbersView } from "./numbers-view";
import { useSession } from "./use-app";
import { useRefusal } from "./use-role";

interface BodyNumbersProps {
  readonly app: PlanningApp;
  readonly view: NumbersView;
}

/** Numbers made with height and weight; the two are asked for here. */
export function BodyNumbers({ app, view }: BodyNumbersProps) {
  const body = useSession(app, (state) => state.plan.body);
  const refusal = useRefusal(app, "body.set");
  return (
    <details className="body" open={view.body.length > 0}>
      <summary>{strings.numbers.body}</summary>
      <fieldset className="by-role" disabled={refusal !== undefined} title={refusal}>
        <BodyForm key={JSON.stringify(body)} app={app} body={body} />
      </fieldset>
      <dl className="pairs">
        {view.body.map((row) => (
          <div key={row.title} title={row.source}>
            <dt>{row.title}</dt>
            <dd>{row.value}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}

function BodyForm({ app, body }: { readonly app: PlanningApp; readonly body: BodyState | null }) {
  const [height, setHeight] = useState(body?.height_cm ? String(body.height_cm) : "");
  const [weight, setWeight] = useState(body ? String(body.weight_kg) : "");
  const unchanged = height === String(body?.height_cm ?? "") && weight === String(body?.weight_kg ?? "");
  return (
    <form
      className="body-form"
      onSubmit={(event) => {
        event.preventDefault();
        const kg = Number(weight);
        app.session.changes.setBody(
          weight === "" ? null : { height_cm: height === "" ? null : Number(height), weight_kg: kg },
        );
      }}
    >
      <label>
        {strings.numbers.height}
        <input type="number" min={40} max={250} value={height} onChange={(event) => setHeight(event.target.value)} /> cm
      </label>
      <label>
        {strings.numbers.weight}
        <input
          type="number"
          min={2}
          max={400}
          step="any"
          value={weight}
          onChange={(event) => setWeight(event.target.value)}
        />{" "}
        kg
      </label>
      <button type="submit" className="chip" disabled={unchanged}>
        {strings.numbers.useBody}
      </button>
    </form>
  );
}
