import type { choiceWords } from "../choices";
import type { Translation } from "../language";

export const choices: Translation<typeof choiceWords> = {
  palette: {
    title: "Trouver",
    placeholder: "Structure ou commande",
    nothing: "Rien ne s'appelle ainsi. Essayez un mot plus court.",
    goTo: (name) => `Aller à ${name}`,
    show: (name) => `Afficher ${name}`,
    hide: (name) => `Cacher ${name}`,
    viewFrom: (side) => `Vue de : ${side}`,
    home: "Vue de départ",
  },
  settings: {
    title: "Réglages",
    lead: "Pour cet appareil seulement.",
    language: "Langue",
    languageHint: "La page est rechargée ; le plan reste.",
    theme: "Aspect",
    themes: { system: "Comme l'appareil", dark: "Sombre", light: "Clair" },
    hand: "Main qui travaille",
    contrast: "Contraste renforcé",
    notice: "Logiciel de recherche, pas un dispositif médical. Rien d'ici ne quitte cet appareil.",
  },
};
