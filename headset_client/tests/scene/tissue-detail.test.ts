import { describe, expect, it } from "vitest";
import { CutUniforms } from "../../src/scene/cut-uniforms";
import { solidTissue, veilTissue } from "../../src/scene/tissue-material";

const LOOK = { colour: "#b5654a", part: "remnant" } as const;

describe("shaders of tissue", () => {
  it("are small while the plan is of planes alone", () => {
    const cut = new CutUniforms();
    const solid = solidTissue({ ...LOOK, cut });
    cut.setKinds(["plane", "plane"]);
    expect(solid.defines).toEqual({ SMALL: "" });
  });

  it("become large together with the first cut that is no plane, and stay so", () => {
    const cut = new CutUniforms();
    const made = [solidTissue({ ...LOOK, cut }), veilTissue({ ...LOOK, cut }, 0.5)];
    const versions = made.map(({ version }) => version);
    cut.setKinds(["plane", "cone"]);
    expect(made.map(({ defines }) => defines)).toEqual([{}, {}]);
    made.forEach((material, n) => {
      expect(material.version).toBeGreaterThan(versions[n] as number);
    });
    cut.setKinds([]);
    expect(solidTissue({ ...LOOK, cut }).defines).toEqual({});
  });

  it("are forgotten with the material", () => {
    const cut = new CutUniforms();
    const gone = solidTissue({ ...LOOK, cut });
    gone.dispose();
    cut.detail.becomeFull();
    expect(gone.defines).toEqual({ SMALL: "" });
  });
});
