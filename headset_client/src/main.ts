// The page: the picture of a case first, everything around it as soon as that is drawn; or the list of cases.
import { drawingMeans } from "./drawing-means";
import { caseIdOf } from "./early-start";
import { PlanningApp } from "./planning-app";
import { fadePoster, takePoster } from "./poster";
import { exposeProbe } from "./probe";
import { markOnce } from "./scene/first-picture";
import { language, strings } from "./strings";

/** Who waits longer for the case to answer, or for its picture, sees the page around it and what it says about the wait. */
const ANSWER_AFTER_MS = 1500;
const PICTURE_AFTER_MS = 8000;

markOnce("script");
document.documentElement.lang = language;
const root = document.getElementById("root");
const caseId = caseIdOf(location.pathname);
if (root) void (caseId && drawingMeans().context ? showCase(caseId, root) : showOther(root));

async function showCase(id: string, page: HTMLElement): Promise<void> {
  const app = new PlanningApp(id);
  const [viewport, panels] = [document.createElement("section"), document.createElement("div")];
  viewport.className = "viewport";
  viewport.ariaLabel = strings.viewport;
  panels.className = "panels";
  page.className = "planning";
  const poster = takePoster();
  if (poster) viewport.append(poster);
  page.append(viewport, panels);
  exposeProbe(app);
  app.attach(viewport);
  const late = after(PICTURE_AFTER_MS);
  if (poster) void Promise.race([app.firstPicture.shown, late]).then(() => fadePoster(poster));
  const unanswered = after(ANSWER_AFTER_MS).then(() => (app.session.state.getState().scene ? never() : undefined));
  await Promise.race([app.firstPicture.shown, unanswered, late]);
  (await import("./panels/planning-page")).mountPanels(app, panels);
}

function after(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function never(): Promise<void> {
  return new Promise(() => {});
}

async function showOther(page: HTMLElement): Promise<void> {
  takePoster()?.remove();
  if (location.pathname === "/join") {
    const { mountJoin } = await import("./panels/join-page");
    mountJoin(page);
    return;
  }
  const { mountOther } = await import("./panels/other-pages");
  mountOther(page, caseId !== undefined);
}
