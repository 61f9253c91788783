import type { Translation } from "../language";
import type { presenceWords } from "../presence";

export const presence: Translation<typeof presenceWords> = {
  presence: {
    raiseHand: "Lever la main",
    lowerHand: "Baisser la main",
    raised: "main levée",
    present: "Montrer sa vue à tous",
    endPresenting: "Ne plus montrer sa vue",
    viewersDoNot: "Les observateurs regardent. Un éditeur ou un propriétaire peut montrer sa vue.",
    lookAlone: "Regarder seul : les autres ne voient pas où vous pointez",
    beSeen: "Laisser voir où vous pointez",
    youPresent: "Tous ceux qui sont à un écran voient votre vue",
    following: (name) => `Vous voyez ce que regarde ${name}`,
    presents: (name) => `${name} montre sa vue`,
    follow: "Suivre",
    stopFollowing: "Regarder soi-même",
    end: "Terminer",
  },
};
