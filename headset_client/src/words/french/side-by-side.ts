import type { Translation } from "../language";
import type { sideBySideWords } from "../side-by-side";

export const sideBySide: Translation<typeof sideBySideWords> = {
  sideBySide: {
    title: "Projets côte à côte",
    short: "Côte à côte",
    show: (name) => `Montrer ${name} à côté`,
    full: "Quatre projets sont déjà côte à côte : retirez-en un d'abord.",
    onlyOne: "Il n'y a qu'un projet. Copiez-le ou prenez une proposition.",
    onlyOneCure: "Les projets se créent dans le panneau Projets (J).",
    end: "Terminer côte à côte",
    away: (name) => `Retirer ${name}`,
    workOn: (name) => `Travailler sur ${name}`,
    working: "En cours",
    counting: "Calcul en cours…",
    asKept: "tel que gardé",
    resected: "Réséqué",
    margin: "Plus petite marge",
    devascularised: "Sans apport",
    congested: "Sans drainage",
    beside: "À côté",
  },
};
