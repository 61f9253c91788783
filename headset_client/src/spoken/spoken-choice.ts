// Whether this person turned voice commands on, on this device.

const KEY = "cantlie-spoken";

export function wantsSpoken(): boolean {
  try {
    return localStorage.getItem(KEY) === "on";
  } catch {
    return false;
  }
}

export function rememberSpoken(on: boolean): void {
  try {
    if (on) localStorage.setItem(KEY, "on");
    else localStorage.removeItem(KEY);
  } catch {
    // Kept for this visit only where storage is refused.
  }
}
