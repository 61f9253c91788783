// The page's first script: asks for the case at once, while the rest of the client is still on its way.
import "./design/fonts.css";
import "./design/style.css";
import { drawingMeans } from "./drawing-means";
import { caseIdOf, startEarly } from "./early-start";

const caseId = caseIdOf(location.pathname);
if (caseId) startEarly(caseId);
void import("./main");
if (caseId) drawingMeans();
