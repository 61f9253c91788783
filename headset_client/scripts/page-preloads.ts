// The page names what its first script will ask for, so that all of it comes at once and not one after the other.
import type { HtmlTagDescriptor, Plugin } from "vite";

/** What the first script imports when it has run. */
const APP = /\/src\/main\.ts$/;

export function pagePreloads(): Plugin {
  let base = "/";
  return {
    name: "page-preloads",
    apply: "build",
    configResolved(config) {
      base = config.base;
    },
    transformIndexHtml: {
      order: "post",
      handler(html, { bundle }) {
        const files = Object.values(bundle ?? {});
        const chunks = files.filter((file) => file.type === "chunk");
        const app = chunks.find((chunk) => chunk.facadeModuleId && APP.test(chunk.facadeModuleId));
        const wanted = new Set<string>();
        const follow = (fileName: string): void => {
          if (wanted.has(fileName)) return;
          wanted.add(fileName);
          for (const next of chunks.find((chunk) => chunk.fileName === fileName)?.imports ?? []) follow(next);
        };
        if (app) follow(app.fileName);
        return [...wanted]
          .filter((fileName) => !html.includes(fileName))
          .map((fileName) => link({ rel: "modulepreload", href: base + fileName }));
      },
    },
  };
}

function link(attrs: Record<string, string>): HtmlTagDescriptor {
  return { tag: "link", attrs: { ...attrs, crossorigin: "" }, injectTo: "head" };
}
