import type { choiceWords } from "../choices";
import type { Translation } from "../language";

export const choices: Translation<typeof choiceWords> = {
  palette: {
    title: "Finden",
    placeholder: "Struktur oder Befehl",
    nothing: "Nichts heißt so. Versuchen Sie ein kürzeres Wort.",
    goTo: (name) => `Zu ${name}`,
    show: (name) => `${name} zeigen`,
    hide: (name) => `${name} verbergen`,
    viewFrom: (side) => `Ansicht von: ${side}`,
    home: "Anfangsansicht",
  },
  settings: {
    title: "Einstellungen",
    lead: "Nur für dieses Gerät.",
    language: "Sprache",
    languageHint: "Die Seite wird neu geladen; der Plan bleibt.",
    theme: "Aussehen",
    themes: { system: "Wie das Gerät", dark: "Dunkel", light: "Hell" },
    hand: "Arbeitshand",
    contrast: "Stärkerer Kontrast",
    notice: "Forschungssoftware, kein Medizinprodukt. Nichts hiervon verlässt dieses Gerät.",
  },
};
