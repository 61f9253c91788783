import type { Translation } from "../language";
import type { sideBySideWords } from "../side-by-side";

export const sideBySide: Translation<typeof sideBySideWords> = {
  sideBySide: {
    title: "Pläne nebeneinander",
    short: "Nebeneinander",
    show: (name) => `${name} daneben zeigen`,
    full: "Vier Pläne stehen schon nebeneinander: zuerst einen wegnehmen.",
    onlyOne: "Es gibt nur einen Plan. Kopieren Sie ihn oder nehmen Sie einen Vorschlag.",
    onlyOneCure: "Pläne entstehen in der Tafel Pläne (J).",
    end: "Nebeneinander beenden",
    away: (name) => `${name} wegnehmen`,
    workOn: (name) => `An ${name} arbeiten`,
    working: "In Arbeit",
    counting: "Wird gezählt…",
    asKept: "wie behalten",
    resected: "Reseziert",
    margin: "Kleinster Abstand",
    devascularised: "Ohne Zufluss",
    congested: "Ohne Abfluss",
    beside: "Daneben",
  },
};
