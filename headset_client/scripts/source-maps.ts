// Keeps what says where a place of a script comes from beside the sources, out of what is shipped: tests and benchmarks
// name our own functions by it.
import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

export const MAPS = "built-maps";

export function sourceMapsAside(): Plugin {
  let [from, to] = ["", ""];
  return {
    name: "source-maps-aside",
    apply: "build",
    configResolved({ root, build }) {
      from = join(root, build.outDir, build.assetsDir);
      to = join(root, MAPS);
    },
    closeBundle() {
      rmSync(to, { recursive: true, force: true });
      mkdirSync(to);
      for (const name of readdirSync(from).filter((one) => one.endsWith(".map"))) {
        renameSync(join(from, name), join(to, name));
      }
    },
  };
}
