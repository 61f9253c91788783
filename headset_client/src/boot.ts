// The page's first script: asks for the case at once, while the rest of the client is still on its way. The page runs it
// when its picture is painted (scripts/page-start.ts).
import "./design/fonts.css";
import "./design/style.css";
import { stylesReady } from "./design/styles-ready";
import { followTheme } from "./design/theme";
import { drawingMeans } from "./drawing-means";
import { caseIdOf, startEarly } from "./early-start";

followTheme();
const caseId = caseIdOf(location.pathname);
if (caseId) startEarly(caseId);
void stylesReady().then(() => {
  void import("./main");
  if (caseId) drawingMeans();
});
