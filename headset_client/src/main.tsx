import { createRoot } from "react-dom/client";
import { followTheme } from "./design/theme";
import { caseIdOf } from "./early-start";
import { PlanningPage } from "./panels/planning-page";
import { StartPage } from "./panels/start-page";
import { markOnce } from "./scene/first-picture";
import { language } from "./strings";

markOnce("script");
followTheme();
document.documentElement.lang = language;

const caseId = caseIdOf(location.pathname);
const root = document.getElementById("root");
if (root) createRoot(root).render(caseId ? <PlanningPage caseId={caseId} /> : <StartPage />);
