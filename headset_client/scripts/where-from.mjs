// Names the source of places in built scripts. In: [[script, line, column], ...] as JSON. Out: the source's path for each,
// from headset_client on, and its line; null for what has no map. Lines and columns count from zero.
import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../built-maps");
const maps = new Map();

function mapOf(script) {
  if (!maps.has(script)) {
    const path = join(folder, `${script}.map`);
    maps.set(script, existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, "utf8"))) : null);
  }
  return maps.get(script);
}

const places = JSON.parse(readFileSync(0, "utf8"));
const found = places.map(([script, line, column]) => {
  const entry = mapOf(script)?.findEntry(line, column);
  if (!entry?.originalSource) return null;
  return [entry.originalSource.replace(/^.*headset_client\//, ""), entry.originalLine + 1];
});
console.log(JSON.stringify(found));
