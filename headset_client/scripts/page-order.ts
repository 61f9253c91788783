// The order in which a built page comes to life: its own style and picture, a paint, and then styles and scripts, asked for
// all at once and not one after the other.
import { readFileSync } from "node:fs";
import type { HtmlTagDescriptor, Plugin, Rollup } from "vite";
import { startPage } from "./page-start.ts";

/** What the first script imports when it has run. */
const APP = /\/src\/main\.ts$/;
const FIRST = /[ \t]*<script type="module" crossorigin src="([^"]+)"><\/script>\n?/;
const STYLES = /[ \t]*<link rel="stylesheet" crossorigin href="([^"]+)">\n?/g;
const OWN_STYLE = new URL("../src/design/poster.css", import.meta.url);
const PATIENCE_MS = 300;
const FAR_MS = 30;

export function pageOrder(): Plugin {
  let [base, built] = ["/", false];
  return {
    name: "page-order",
    configResolved(config) {
      base = config.base;
      built = config.command === "build";
    },
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle }) {
        const style: HtmlTagDescriptor = {
          tag: "style",
          children: small(readFileSync(OWN_STYLE, "utf8")),
          injectTo: "head",
        };
        const first = FIRST.exec(html)?.[1];
        if (!built || first === undefined) return [style];
        const styles = [...html.matchAll(STYLES)].map(([, href = ""]) => href);
        const modules = importedLater(bundle ?? {})
          .map((fileName) => base + fileName)
          .filter((href) => href !== first);
        const parts = { styles, modules, first, patienceMs: PATIENCE_MS, farMs: FAR_MS };
        return {
          html: html.replace(FIRST, "").replace(STYLES, ""),
          tags: [
            style,
            { tag: "script", children: `(${startPage.toString()})(${JSON.stringify(parts)})`, injectTo: "body" },
          ],
        };
      },
    },
  };
}

function importedLater(bundle: Rollup.OutputBundle): readonly string[] {
  const chunks = Object.values(bundle).filter((file) => file.type === "chunk");
  const wanted = new Set<string>();
  const follow = (fileName: string): void => {
    if (wanted.has(fileName)) return;
    wanted.add(fileName);
    for (const next of chunks.find((chunk) => chunk.fileName === fileName)?.imports ?? []) follow(next);
  };
  const app = chunks.find((chunk) => chunk.facadeModuleId && APP.test(chunk.facadeModuleId));
  if (app) follow(app.fileName);
  return [...wanted];
}

/** Without what is for readers. */
function small(css: string): string {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .trim();
}
