// How people in a session see one another.

export const presenceWords = {
  presence: {
    raiseHand: "Raise your hand",
    lowerHand: "Take your hand down",
    raised: "hand raised",
    present: "Show everybody your view",
    endPresenting: "End showing your view",
    viewersDoNot: "Viewers look on. An editor or owner can show their view.",
    lookAlone: "Look alone: others do not see where you point",
    beSeen: "Let others see where you point",
    youPresent: "Everybody at a screen sees your view",
    following: (name: string) => `You see what ${name} looks at`,
    presents: (name: string) => `${name} shows their view`,
    follow: "Follow",
    stopFollowing: "Look by yourself",
    end: "End",
  },
} as const;
