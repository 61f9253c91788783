// The page's first script: asks for the case at once, while the rest of the client is still on its way.
import "./design/fonts.css";
import "./design/style.css";
import "./design/poster.css";
import { followTheme } from "./design/theme";
import { drawingMeans } from "./drawing-means";
import { caseIdOf, startEarly } from "./early-start";
import { posterShown } from "./poster";

followTheme();
const caseId = caseIdOf(location.pathname);
if (caseId) startEarly(caseId);
// Scripts that run and a graphics process that starts would keep the poster from the screen.
void posterShown().then(() => {
  void import("./main");
  if (caseId) drawingMeans();
});
