// The page's first script: asks for the case at once, while the rest of the client is still on its way.
import "./design/fonts.css";
import "./design/style.css";
import { drawingMeans } from "./drawing-means";
import { caseIdOf, startEarly } from "./early-start";

const caseId = caseIdOf(location.pathname);
if (caseId) startEarly(caseId);
// The page at the door needs no three.js.
void (location.pathname === "/join" ? import("./join") : import("./main"));
if (caseId) drawingMeans();
