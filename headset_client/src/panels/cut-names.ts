// What a resection is called on screen.
import type { ResectionState, SceneManifest, TerritoryResectionState } from "../protocol";
import { formatMm, strings } from "../strings";

export function cutName(resection: ResectionState, scene: SceneManifest | null): string {
  switch (resection.kind) {
    case "plane":
      return strings.cuts.plane;
    case "surface":
      return strings.cuts.surface;
    case "wedge": {
      const tumour = scene?.structures.find((structure) => structure.name === resection.tumour)?.title;
      const margin = resection.margin_mm === null ? "" : ` · ${formatMm(resection.margin_mm)}`;
      return tumour ? strings.cuts.wedgeAround(tumour) + margin : strings.cuts.wedge;
    }
    case "territory":
      return territoryName(resection, scene);
  }
}

/** The Brisbane name where the segments have one, else what is taken. */
function territoryName(resection: TerritoryResectionState, scene: SceneManifest | null): string {
  const { segments, portal_branches } = resection;
  const known = scene?.territories.find((one) => sameSet(one.segments, segments));
  if (known && portal_branches.length === 0) return known.title;
  const titles = (scene?.segments ?? []).filter((one) => segments.includes(one.value)).map((one) => one.title);
  const branches = (scene?.branches ?? [])
    .filter((one) => one.tree === "portal" && portal_branches.includes(one.number))
    .map((one) => one.title);
  return strings.cuts.territoryOf([...(titles.length > 0 ? [strings.cuts.segments(titles)] : []), ...branches]);
}

export function sameSet(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((one) => b.includes(one));
}
