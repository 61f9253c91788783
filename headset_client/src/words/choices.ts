// What is found by typing, and what is chosen for this device.

export const choiceWords = {
  palette: {
    title: "Find",
    placeholder: "Structure or command",
    nothing: "Nothing is called that. Try a shorter word.",
    goTo: (name: string) => `Go to ${name}`,
    show: (name: string) => `Show ${name}`,
    hide: (name: string) => `Hide ${name}`,
    viewFrom: (side: string) => `View from: ${side}`,
    home: "Start view",
  },
  settings: {
    title: "Settings",
    lead: "For this device only.",
    language: "Language",
    languageHint: "The page is loaded anew; the plan stays.",
    theme: "Look",
    themes: { system: "As the device", dark: "Dark", light: "Light" },
    hand: "Working hand",
    contrast: "Stronger contrast",
    notice: "Research software, not a medical device. What is chosen here stays on this device.",
  },
} as const;
