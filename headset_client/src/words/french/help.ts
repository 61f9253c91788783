import type { helpWords } from "../help";
import type { Translation } from "../language";

export const help: Translation<typeof helpWords> = {
  help: {
    title: "Clavier et souris",
    close: "Fermer",
    groups: [
      {
        title: "Résection",
        keys: [
          ["Tirer une coupe ou sa flèche", "déplacer selon sa normale"],
          ["Tirer un bouton", "incliner, courber, agrandir (Maj : finement)"],
          ["W / E / R", "déplacer / tourner / former la coupe entière"],
          ["Flèches", "pas de 1 mm ou 1° (Maj : 5)"],
          ["[ ]  S", "choisir une poignée et ce qu'elle déplace"],
          ["X", "réséquer l'autre côté"],
          ["A", "coupe : N plan, B courbe, L ligne, T coin, G anatomique"],
          ["P", "propositions"],
          ["J / =", "projets : choisir, comparer, signer / côte à côte"],
          ["M Z . O Y / 0", "mesurer : distance, diamètre, angle, vaisseau, épingle / image"],
          ["D / Suppr", "dupliquer / supprimer la coupe"],
          ["Ctrl+Z / Ctrl+Maj+Z", "annuler / rétablir ses propres changements"],
          ["Échap", "abandonner"],
          [";", "dire une commande, si les commandes vocales sont activées"],
          ["Espace", "tenu : parler ; Maj+Espace : ouvrir ou couper le micro"],
        ],
      },
      {
        title: "Vue",
        keys: [
          ["Tirer à côté du plan", "tourner"],
          ["Tirer à droite, deux doigts", "décaler"],
          ["Molette, pincer", "plus près ou plus loin"],
          ["1 – 6", "devant, derrière, droite, gauche, dessus, dessous"],
          ["F", "cadrer le foie"],
          ["Début", "vue de départ"],
          ["C", "segments de Couinaud en couleurs"],
          ["Q", "coupe du scanner ; Page préc. / suiv. : la parcourir"],
          ["U", "la coupe choisie à plat"],
          ["K", "séparer le foie selon le plan"],
          ["8", "revoir la séance"],
          ["V", "ouvrir en VR"],
          ["H / I", "cacher / isoler la structure sous le pointeur"],
          ["Ctrl+P, /", "trouver une structure ou une commande"],
          [",", "réglages"],
          ["?", "cette aide"],
        ],
      },
    ],
  },
  hint: {
    steps: [
      ["Placer", "Placez un plan à travers le foie."],
      ["Déplacer", "Tirez-le : le bleu reste, l'autre côté part."],
      ["Lire", "Volumes et marges suivent votre main."],
    ],
    dismiss: "Compris",
  },
};
