// How numbers are written: narrow spaces between thousands, a true minus sign, the unit after a no-break space.
import { chosenLanguage } from "./language";

const DECIMAL_MARK = chosenLanguage() === "en" ? "." : ",";

/** "1 234", with a narrow space between thousands and a true minus sign. */
export function formatNumber(value: number, digits = 0): string {
  const rounded = Math.abs(value).toFixed(digits);
  const [whole = "0", fraction] = rounded.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const sign = value < 0 && Number(rounded) !== 0 ? "\u2212" : "";
  return sign + grouped + (fraction === undefined ? "" : DECIMAL_MARK + fraction);
}

/** Volumes to 1 mL, small ones to a tenth. */
export function formatMl(value: number): string {
  return `${formatNumber(value, Math.abs(value) < 10 ? 1 : 0)}\u00a0mL`;
}

export function formatPercent(value: number): string {
  return formatNumber(value, 1);
}

export function formatMm(value: number): string {
  return `${formatNumber(value, 1)}\u00a0mm`;
}
