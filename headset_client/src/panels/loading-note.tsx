import type { PlanningApp } from "../planning-app";
import { strings } from "../strings";
import { useSession, useUi } from "./use-app";

export function LoadingNote({ app }: { readonly app: PlanningApp }) {
  const scene = useSession(app, (state) => state.scene !== null);
  const connection = useSession(app, (state) => state.connection);
  const progress = useUi(app, (state) => state.progress);
  if (connection.kind === "refused") {
    return (
      <section className="blocked over" role="alert">
        <h2>{connection.message}</h2>
        <p>{connection.cure}</p>
        <a className="button" href="/">
          {strings.problem.back}
        </a>
      </section>
    );
  }
  const total = progress ? progress.steps : 1;
  const done = progress ? progress.stepsDone + progress.failed : 0;
  if (scene && done >= total) return null;
  return (
    <output className="loading-note">
      <span className="loading-track">
        <span style={{ transform: `scaleX(${done / total})` }} />
      </span>
      {words(scene, progress)}
    </output>
  );
}

function words(scene: boolean, progress: ReturnType<PlanningApp["ui"]["getState"]>["progress"]): string {
  if (!scene) return strings.loading.scene;
  if (!progress) return strings.loading.scene;
  const { structuresShown, structures } = progress;
  return structuresShown < structures ? strings.loading.meshes(structuresShown, structures) : strings.loading.refining;
}
