// Pages without a picture: the list of cases, and why a case cannot be drawn here.
import { createRoot } from "react-dom/client";
import { strings } from "../strings";
import { StartPage } from "./start-page";

export function mountOther(element: HTMLElement, wantedCase: boolean): void {
  createRoot(element).render(wantedCase ? <CannotDraw /> : <StartPage />);
}

function CannotDraw() {
  return (
    <main className="blocked">
      <h1>{strings.problem.webgl}</h1>
      <p>{strings.problem.webglCure}</p>
      <a className="button" href="/">
        {strings.problem.back}
      </a>
      <p className="notice">{strings.notice}</p>
    </main>
  );
}
