import type { helpWords } from "../help";
import type { Translation } from "../language";

export const help: Translation<typeof helpWords> = {
  help: {
    title: "Tasten und Maus",
    close: "Schließen",
    groups: [
      {
        title: "Resektion",
        keys: [
          ["Schnitt oder Pfeil ziehen", "entlang der Normalen bewegen"],
          ["Knopf ziehen", "kippen, biegen, vergrößern (Umschalt: fein)"],
          ["W / E / R", "ganzen Schnitt bewegen / drehen / formen"],
          ["Pfeiltasten", "um 1 mm oder 1° rücken (Umschalt: 5)"],
          ["[ ]  S", "Griff einer gebogenen Fläche wählen, und was er bewegt"],
          ["X", "resezierte Seite tauschen"],
          ["A", "Schnitt: N Ebene, B gebogen, L Linie, T Keil, G anatomisch"],
          ["P", "Vorschläge"],
          ["J / =", "Pläne: wählen, vergleichen, unterschreiben / nebeneinander"],
          ["M Z . O Y / 0", "messen: Abstand, Durchmesser, Winkel, Gefäß, Nadel / Bild"],
          ["D / Entf", "Schnitt duplizieren / entfernen"],
          ["Strg+Z / Strg+Umschalt+Z", "eigene Änderung rückgängig / wiederholen"],
          ["Esc", "abbrechen"],
          [";", "einen Befehl sagen, wo Sprachbefehle an sind"],
          ["Leertaste", "gehalten: sprechen; mit Umschalt: Mikrofon an oder aus"],
        ],
      },
      {
        title: "Ansicht",
        keys: [
          ["Neben der Ebene ziehen", "drehen"],
          ["Rechts ziehen, zwei Finger", "verschieben"],
          ["Mausrad, Finger spreizen", "näher oder ferner"],
          ["1 – 6", "vorn, hinten, rechts, links, oben, unten"],
          ["F", "Leber einpassen"],
          ["Pos1", "Anfangsansicht"],
          ["C", "Couinaud-Segmente als Farben"],
          ["Q", "CT-Schicht; Bild auf / ab: hindurch"],
          ["U", "der gewählte Schnitt, flach ausgelegt"],
          ["K", "die Leber nach dem Plan zerlegen"],
          ["8", "die Sitzung noch einmal ansehen"],
          ["V", "in VR öffnen"],
          ["H / I", "Struktur unter dem Zeiger verbergen / allein zeigen"],
          ["Strg+P, /", "eine Struktur oder einen Befehl finden"],
          [",", "Einstellungen"],
          ["?", "diese Hilfe"],
        ],
      },
    ],
  },
  hint: {
    steps: [
      ["Legen", "Legen Sie eine Ebene durch die Leber."],
      ["Bewegen", "Ziehen Sie daran: Blau bleibt, die andere Seite geht."],
      ["Lesen", "Volumen und Abstände folgen Ihrer Hand."],
    ],
    dismiss: "Verstanden",
  },
};
