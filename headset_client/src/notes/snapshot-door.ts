// The way to a picture: what makes one is fetched when the first is taken, never before the first picture of the case.
import type { PlanningApp } from "../planning-app";
import { strings } from "../strings";

export function takeSnapshot(app: PlanningApp): void {
  import("./take-snapshot")
    .then(({ snapshot }) => snapshot(app))
    .catch((error: unknown) => {
      console.info("no picture", error);
      app.session.tell(strings.measuring.snapshotFailed, strings.measuring.snapshotCure);
    });
}
