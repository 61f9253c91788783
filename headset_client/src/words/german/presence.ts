import type { Translation } from "../language";
import type { presenceWords } from "../presence";

export const presence: Translation<typeof presenceWords> = {
  presence: {
    raiseHand: "Hand heben",
    lowerHand: "Hand senken",
    raised: "Hand gehoben",
    present: "Allen die eigene Ansicht zeigen",
    endPresenting: "Zeigen beenden",
    viewersDoNot: "Betrachter schauen zu. Bearbeiter und Eigentümer können ihre Ansicht zeigen.",
    lookAlone: "Allein schauen: andere sehen nicht, wohin Sie zeigen",
    beSeen: "Andere sehen lassen, wohin Sie zeigen",
    youPresent: "Alle an Bildschirmen sehen Ihre Ansicht",
    following: (name) => `Sie sehen, was ${name} ansieht`,
    presents: (name) => `${name} zeigt die eigene Ansicht`,
    follow: "Folgen",
    stopFollowing: "Selbst schauen",
    end: "Beenden",
  },
};
