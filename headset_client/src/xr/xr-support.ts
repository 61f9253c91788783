// Whether this browser can show the plan in a headset, and if not, why.

export type XrAvailability =
  | { readonly kind: "checking" }
  | { readonly kind: "ready"; readonly passthrough: boolean }
  | { readonly kind: "missing"; readonly reason: "noWebXr" | "notSecure" | "noVr" };

export async function findXr(): Promise<XrAvailability> {
  if (!globalThis.isSecureContext) return { kind: "missing", reason: "notSecure" };
  const { xr } = navigator;
  if (!xr) return { kind: "missing", reason: "noWebXr" };
  const supports = (mode: XRSessionMode) => xr.isSessionSupported(mode).catch(() => false);
  const [vr, ar] = await Promise.all([supports("immersive-vr"), supports("immersive-ar")]);
  return vr || ar ? { kind: "ready", passthrough: ar } : { kind: "missing", reason: "noVr" };
}
