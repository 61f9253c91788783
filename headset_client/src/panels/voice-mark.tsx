import type { PlanningApp } from "../planning-app";
import { strings } from "../strings";
import { Icon, type IconName } from "./icons";
import { useSession } from "./use-app";
import { useVoice, useVoiceOf } from "./use-voice";

type Voicing = "speaks" | "isUnreached" | "isMuted" | "isOpen" | "waits";

const ICONS: Readonly<Record<Voicing, IconName>> = {
  speaks: "waves",
  isUnreached: "close",
  isMuted: "micOff",
  isOpen: "mic",
  waits: "wait",
};

/** Beside a name: whether this person talks, is muted, or speaks right now. Nothing for who does not take part. */
export function VoiceMark({ app, clientId }: { readonly app: PlanningApp; readonly clientId: string }) {
  const said = useVoiceOf(app, clientId);
  const waits = useSession(app, (state) => state.voice.waiting.includes(clientId));
  const speaks = useVoice(app, (state) => state.speaking.has(clientId)) ?? false;
  const unreached = useVoice(app, (state) => state.unreached.has(clientId)) ?? false;
  if (!said && !waits) return null;
  const voicing: Voicing = !said
    ? "waits"
    : unreached
      ? "isUnreached"
      : said.is_muted
        ? "isMuted"
        : speaks
          ? "speaks"
          : "isOpen";
  const label = strings.voice[voicing];
  return (
    <span className={`voice-mark ${voicing}`} role="img" aria-label={label} title={label}>
      <Icon name={ICONS[voicing]} />
    </span>
  );
}
