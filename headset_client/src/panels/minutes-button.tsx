import { useState } from "react";
import type { PlanningApp } from "../planning-app";
import { strings } from "../strings";
import { Icon } from "./icons";
import { useRefusalBelow } from "./use-role";

/** Makes the minutes of the session and saves them; of editors and owners. */
export function MinutesButton({ app }: { readonly app: PlanningApp }) {
  const refusal = useRefusalBelow(app, "editor");
  const [making, setMaking] = useState(false);
  const words = strings.minutes;
  const make = async () => {
    setMaking(true);
    try {
      const { makeMinutes } = await import("../replay/make-minutes");
      await makeMinutes(app);
      app.session.tell(words.made, words.madeCure);
    } catch (error) {
      console.info("no minutes", error);
      const cure = error instanceof Error && "cure" in error ? String(error.cure) : "";
      app.session.tell(cure && error instanceof Error ? error.message : words.failed, cure || words.failedCure);
    } finally {
      setMaking(false);
    }
  };
  return (
    <button
      type="button"
      className="button"
      disabled={making || refusal !== undefined}
      title={refusal ?? words.hint}
      onClick={() => void make()}
    >
      <Icon name="minutes" />
      {making ? words.making : words.make}
    </button>
  );
}
