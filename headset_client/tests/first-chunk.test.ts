// What the first picture waits for: which modules its scripts are made of, and how much they weigh.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const SOURCES = resolve(import.meta.dirname, "../src");
const BUILT = resolve(import.meta.dirname, "../../streaming/static/assets");
const STATIC_IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^"';]*?\sfrom\s+)?"([^"]+)"/gm;

/** Every module that comes with `entry`, as far as imports are static, and what they import from elsewhere. */
function reached(entry: string): { modules: string[]; packages: string[] } {
  const [modules, packages, open] = [new Set<string>(), new Set<string>(), [join(SOURCES, entry)]];
  for (let file = open.pop(); file; file = open.pop()) {
    if (modules.has(file)) continue;
    modules.add(file);
    for (const [, name = ""] of readFileSync(file, "utf8").matchAll(STATIC_IMPORT)) {
      if (!name.startsWith(".")) packages.add(name);
      else {
        const path = join(dirname(file), name);
        const found = [`${path}.ts`, `${path}.tsx`].find(existsSync);
        if (found) open.push(found);
      }
    }
  }
  return { modules: [...modules].map((file) => relative(SOURCES, file)), packages: [...packages] };
}

test("the first script knows neither three.js nor React", () => {
  const { modules, packages } = reached("boot.ts");
  expect(packages.filter((name) => /^(three|react|@react-three|@pmndrs)/.test(name))).toEqual([]);
  expect(modules.filter((name) => /^(scene|panels|xr)\//.test(name))).toEqual([]);
});

test("the first picture waits for no React, no panel component and nothing of the headset", () => {
  const { modules, packages } = reached("main.ts");
  expect(packages.filter((name) => /react|@pmndrs/.test(name))).toEqual([]);
  expect(modules.filter((name) => name.endsWith(".tsx"))).toEqual([]);
  expect(modules.filter((name) => name.startsWith("xr/")).sort()).toEqual(["xr/headset-door.ts", "xr/xr-support.ts"]);
});

const sent = (prefix: string, kind = /\.js\.br$/) =>
  readdirSync(BUILT)
    .filter((name) => name.startsWith(prefix) && kind.test(name))
    .reduce((sum, name) => sum + statSync(join(BUILT, name)).size, 0);

test.skipIf(!existsSync(BUILT))("scripts stay small, compressed as they are sent: kilobytes", () => {
  // In steps of what one feature may cost; three.js alone is 140 kB of the second.
  expect(sent("early-") / 1000).toBeLessThan(30);
  expect(sent("app-") / 1000).toBeLessThan(210);
  // With styles and the letters that our own words are written in (tests/design/fonts.test.ts): all of the client.
  expect(sent("", /\.js\.br$|\.css\.br$|subset.*\.woff2$/) / 1000).toBeLessThan(700);
  expect(sent("InterVariable-subset", /\.woff2$/)).toBeGreaterThan(50_000);
});
