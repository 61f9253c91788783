// Plans side by side: each in its own picture, with its own numbers.

export const sideBySideWords = {
  sideBySide: {
    title: "Plans side by side",
    short: "Side by side",
    show: (name: string) => `Show ${name} side by side`,
    full: "Four plans are side by side already: take one away first.",
    onlyOne: "There is only one plan. Copy it, or take a proposal.",
    onlyOneCure: "Plans are made in the panel Plans (J).",
    end: "End side by side",
    away: (name: string) => `Take ${name} away`,
    workOn: (name: string) => `Work on ${name}`,
    working: "Worked on",
    counting: "Being counted…",
    asKept: "as kept",
    resected: "Resected",
    margin: "Least margin",
    devascularised: "No supply",
    congested: "No drainage",
    beside: "Beside",
  },
} as const;
