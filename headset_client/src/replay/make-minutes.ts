// The minutes: pictures of every plan as it is, made here, in the document that the server writes.

import { save } from "../notes/picture";
import { painted } from "../notes/take-snapshot";
import type { PlanningApp } from "../planning-app";
import type { MakeMinutes, MinutesPicture } from "../protocol";
import { RefusedError } from "../session/access-client";
import { ReplayClient } from "./replay-client";

const WIDTH = 960;
const HEIGHT = 640;
const MOST = 12;
/** Until surfaces of a territory, which are made off the main thread, are there too. */
const FRAMES = 3;

export async function makeMinutes(app: PlanningApp): Promise<void> {
  const asked: MakeMinutes = { format: "html", pictures: await picturesOf(app) };
  const address = `/api/cases/${encodeURIComponent(app.caseId)}/minutes`;
  const response = await fetch(address, {
    method: "POST",
    cache: "no-store",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(asked),
  }).catch(() => {
    throw new RefusedError("offline", "", "");
  });
  if (!response.ok) {
    const { code = "", message = "", cure = "" } = await response.json().catch(() => ({}));
    throw new RefusedError(code, message, cure);
  }
  save(await response.blob(), `cantlie-minutes-${app.caseId}.html`);
}

/** Each plan as it is now, from where this person looks; none in a headset, whose picture is not to jump. */
async function picturesOf(app: PlanningApp): Promise<readonly MinutesPicture[]> {
  const { viewport, session } = app;
  if (!viewport || viewport.renderer.xr.isPresenting) return [];
  const client = new ReplayClient(app.caseId);
  const { revision } = await client.timeline();
  const plans = await client.plans(revision);
  const replaying = app.replay.isOpen;
  const lookedAt = session.state.getState().book.lookedAt;
  const pictures: MinutesPicture[] = [];
  try {
    for (const { plan_id } of plans.plans.plans.slice(0, MOST)) {
      session.showPast({ plans, numbers: new Map() });
      session.lookAt(plan_id);
      await frames(app);
      const showPeople = app.presence?.hide();
      const base64 = taken(viewport);
      showPeople?.();
      if (base64) pictures.push({ plan_id, media_type: "image/jpeg", base64 });
    }
  } finally {
    if (replaying) app.replay.replay?.showAgain(lookedAt);
    else session.showPast(null);
  }
  return pictures;
}

async function frames(app: PlanningApp): Promise<void> {
  for (let n = 0; n < FRAMES; n++) {
    app.requestFrame();
    await new Promise((done) => requestAnimationFrame(done));
  }
}

/** The middle of the view, as JPEG in base64. */
function taken({ renderer, scene, camera }: NonNullable<PlanningApp["viewport"]>): string | null {
  renderer.render(scene, camera);
  const { domElement: canvas } = renderer;
  const scale = Math.max(WIDTH / canvas.width, HEIGHT / canvas.height);
  const whole = painted(canvas, canvas.width * scale, canvas.height * scale);
  const part = document.createElement("canvas");
  part.width = WIDTH;
  part.height = HEIGHT;
  part.getContext("2d")?.drawImage(whole, (WIDTH - whole.width) / 2, (HEIGHT - whole.height) / 2);
  return part.toDataURL("image/jpeg", 0.85).split(",")[1] ?? null;
}
