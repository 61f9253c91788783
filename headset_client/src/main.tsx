import "./design/fonts.css";
import "./design/style.css";
import { createRoot } from "react-dom/client";
import { FONT_FAMILY, publishTokens } from "./design/tokens";
import { PlanningPage } from "./panels/planning-page";
import { StartPage } from "./panels/start-page";
import { markOnce } from "./scene/first-picture";

markOnce("script");
publishTokens(document.documentElement);

const caseId = /^\/cases\/([A-Za-z0-9_.-]+)\/?$/.exec(location.pathname)?.[1];

// Canvas text does not wait for fonts, so the weights it uses are loaded before anything is drawn.
const fonts = Promise.all([500, 600, 700].map((weight) => document.fonts.load(`${weight} 16px ${FONT_FAMILY}`)));
const root = document.getElementById("root");
if (root) {
  void fonts
    .catch(() => undefined)
    .then(() => createRoot(root).render(caseId ? <PlanningPage caseId={caseId} /> : <StartPage />));
}
