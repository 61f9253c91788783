// The link that lets others in: only the server knows the access key, the page's own address is without it.
import { type Invite, parseInvite } from "../protocol";

export async function loadInvite(caseId: string, get: typeof fetch = fetch): Promise<Invite> {
  const response = await get(`/api/invite?case=${encodeURIComponent(caseId)}`, { cache: "no-store" });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return parseInvite(await response.json());
}

/** As an image, the drawing can neither run scripts nor load anything. */
export function pictureOf(svg: string): string {
  return `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}
