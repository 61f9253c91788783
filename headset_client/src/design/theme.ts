// Light or dark: what the device asks for, unless the person chose on this device.
import { publishTokens } from "./tokens";

export const THEMES = ["system", "dark", "light"] as const;

export type Theme = (typeof THEMES)[number];

const THEME_KEY = "cantlie-theme";
const CONTRAST_KEY = "cantlie-contrast";
const bright = () => matchMedia("(prefers-color-scheme: light)");

export function chosenTheme(): Theme {
  try {
    const kept = localStorage.getItem(THEME_KEY);
    return THEMES.find((theme) => theme === kept) ?? "system";
  } catch {
    return "system";
  }
}

export function chooseTheme(theme: Theme): void {
  try {
    localStorage.setItem(THEME_KEY, theme);
  } catch {
    // Kept for this visit only where storage is refused.
  }
  show(theme);
}

/** Stronger than the theme itself; the device may ask for it too. */
export function chosenContrast(): boolean {
  try {
    const kept = localStorage.getItem(CONTRAST_KEY);
    return kept === null ? matchMedia("(prefers-contrast: more)").matches : kept === "more";
  } catch {
    return false;
  }
}

export function chooseContrast(more: boolean): void {
  try {
    localStorage.setItem(CONTRAST_KEY, more ? "more" : "normal");
  } catch {
    // Kept for this visit only where storage is refused.
  }
  document.documentElement.dataset.contrast = more ? "more" : "normal";
}

/** Shows the theme, and goes along when the device changes between day and night. */
export function followTheme(): void {
  show(chosenTheme());
  document.documentElement.dataset.contrast = chosenContrast() ? "more" : "normal";
  bright().addEventListener("change", () => show(chosenTheme()));
}

function show(theme: Theme): void {
  const light = theme === "light" || (theme === "system" && bright().matches);
  publishTokens(document.documentElement, light ? "light" : "dark");
}
