// Ships the WebXR controller profiles that matter with the client: the default is a CDN, and hospitals have none.
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const SHIPPED = [
  "generic-hand",
  "generic-trigger",
  "generic-trigger-squeeze",
  "generic-trigger-squeeze-thumbstick",
  "meta-quest-touch-plus",
  "meta-quest-touch-pro",
  "oculus-touch-v2",
  "oculus-touch-v3",
  "pico-4",
];
interface ProfileEntry {
  readonly path: string;
  readonly deprecated?: boolean;
}

export function controllerProfiles(): Plugin {
  const source = new URL("../node_modules/@webxr-input-profiles/assets/dist/profiles/", import.meta.url).pathname;
  let outDir = "";
  return {
    name: "controller-profiles",
    apply: "build",
    configResolved(config) {
      outDir = join(config.root, config.build.outDir, "profiles");
    },
    closeBundle() {
      const all = JSON.parse(readFileSync(join(source, "profilesList.json"), "utf8")) as Record<string, ProfileEntry>;
      const shipped = Object.fromEntries(
        Object.entries(all).filter(([, entry]) => SHIPPED.includes(entry.path.split("/")[0] ?? "")),
      );
      for (const name of SHIPPED) {
        cpSync(join(source, name), join(outDir, name), { recursive: true });
      }
      writeFileSync(join(outDir, "profilesList.json"), JSON.stringify(shipped));
    },
  };
}
