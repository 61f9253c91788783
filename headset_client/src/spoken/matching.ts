// Which command was meant, by the palette's own matcher: surely, perhaps, or not at all.
import { type Command, plain, ranked } from "../tools/commands";
import type { HeardWords } from "./recogniser";

/** A command and all that it may be called. */
export interface SpokenCommand extends Command {
  readonly names: readonly string[];
}

/** The ways to say something, which `words` keeps between bars. */
export function sayings(said: string): readonly string[] {
  return said.split("|").map((one) => one.trim());
}

/** The words of a language that are no names of commands. */
export function spokenWordsOf(said: {
  readonly yes: string;
  readonly no: string;
  readonly fillers: string;
  readonly numbers: readonly string[];
}) {
  const { yes, no, fillers, numbers } = said;
  return { yes: sayings(yes), no: sayings(no), fillers: sayings(fillers), numbers };
}

export interface Meaning {
  readonly text: string;
  /** The best first. */
  readonly commands: readonly Command[];
  /** One command, clearly heard and clearly meant. */
  readonly isSure: boolean;
}

export interface SpokenWords {
  /** Said and meant for nothing, e.g. "the" and "please". */
  readonly fillers: readonly string[];
  /** From one to ten. */
  readonly numbers: readonly string[];
}

/** Recognisers themselves call this a coin's toss. */
const CLEARLY_HEARD = 0.5;
/** One word may be found in the middle of another, as in German compounds; letters here and there may not. */
const CLEARLY_MEANT = 1;
/** A title's words that were not said count less than words that do not fit. */
const UNSAID = 0.25;
const CANDIDATES = 3;

export function meaningOf(
  commands: readonly SpokenCommand[],
  heard: readonly HeardWords[],
  words: SpokenWords,
): Meaning {
  const [first] = heard;
  const readings = heard.map(({ text, confidence }) => {
    const said = spokenWords(text, words);
    return { text, confidence, found: said.length === 0 ? [] : bestOf(commands, said) };
  });
  // Of the likeliest reading that means anything; the later ones are guesses.
  const reading = readings.find(({ found }) => (found[0]?.score ?? 99) <= CLEARLY_MEANT + 2) ?? readings[0];
  const [best, second] = reading?.found ?? [];
  if (!reading || !best) return { text: first?.text ?? "", commands: [], isSure: false };
  const heardWell = reading.confidence === 0 || reading.confidence >= CLEARLY_HEARD;
  const alone = !second || second.score - best.score >= UNSAID;
  return {
    text: reading.text,
    commands: reading.found.slice(0, CANDIDATES).map(({ command }) => command),
    isSure: heardWell && alone && best.rank <= CLEARLY_MEANT,
  };
}

/** Whether one of the words was said, as an answer by itself. */
export function saysOneOf(answers: readonly string[], heard: readonly HeardWords[]): boolean {
  const known = answers.map((one) => plain(one));
  return heard.some(({ text }) =>
    known.includes(
      plain(text)
        .replace(/[.,!?]/g, "")
        .trim(),
    ),
  );
}

interface Scored {
  readonly command: Command;
  readonly rank: number;
  readonly score: number;
}

function bestOf(commands: readonly SpokenCommand[], said: readonly string[]): readonly Scored[] {
  const named = commands.flatMap((command) =>
    [command.title, ...command.names].map((title) => ({ ...command, title, of: command })),
  );
  const best = new Map<string, Scored>();
  for (const { command, rank } of ranked(named, said.join(" "))) {
    const unsaid = Math.max(0, plain(command.title).split(/\s+/).length - said.length);
    const score = rank + UNSAID * unsaid;
    const known = best.get(command.id);
    if (!known || score < known.score) best.set(command.id, { command: command.of, rank, score });
  }
  return [...best.values()].sort((one, other) => one.score - other.score);
}

function spokenWords(text: string, { fillers, numbers }: SpokenWords): readonly string[] {
  const idle = new Set(fillers.map(plain));
  const digits = new Map(numbers.map((name, index) => [plain(name), String(index + 1)]));
  return plain(text)
    .replace(/[.,!?:;]/g, " ")
    .split(/\s+/)
    .filter((word) => word && !idle.has(word))
    .map((word) => digits.get(word) ?? word);
}
