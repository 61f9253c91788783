import { useEffect, useRef, useState } from "react";
import { canRecord, LONGEST_S, type Recording, startRecording } from "../notes/recording";
import type { PlanningApp } from "../planning-app";
import { strings } from "../strings";

/** Red and counting while the view is recorded. */
export function RecordButton({ app }: { readonly app: PlanningApp }) {
  const [seconds, setSeconds] = useState<number | null>(null);
  const recording = useRef<Recording | null>(null);
  useEffect(() => () => recording.current?.stop(), []);
  if (!canRecord()) return null;
  const press = () => {
    if (seconds === null) recording.current = startRecording(app, { told: setSeconds });
    else recording.current?.stop();
  };
  return (
    <button
      type="button"
      className={seconds === null ? "button" : "button recording"}
      title={strings.measuring.recordHint}
      aria-label={seconds === null ? strings.measuring.record : strings.measuring.stopRecording}
      onClick={press}
    >
      <span className="record-dot" aria-hidden="true" />
      {seconds === null ? strings.measuring.record : strings.measuring.recording(clock(seconds))}
    </button>
  );
}

function clock(seconds: number): string {
  const told = (value: number) => `${Math.floor(value / 60)}:${String(Math.floor(value) % 60).padStart(2, "0")}`;
  return `${told(seconds)} / ${told(LONGEST_S)}`;
}
