import { createRoot } from "react-dom/client";
import { publishTokens } from "./design/tokens";
import { caseIdOf } from "./early-start";
import { PlanningPage } from "./panels/planning-page";
import { StartPage } from "./panels/start-page";
import { markOnce } from "./scene/first-picture";

markOnce("script");
publishTokens(document.documentElement);

const caseId = caseIdOf(location.pathname);
const root = document.getElementById("root");
if (root) createRoot(root).render(caseId ? <PlanningPage caseId={caseId} /> : <StartPage />);
