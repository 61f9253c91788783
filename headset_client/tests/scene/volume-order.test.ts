import { describe, expect, test } from "vitest";
import type { VolumeAsset } from "../../src/protocol";
import { isSameVolume, nearestSlice, slabsFrom, volumeSteps } from "../../src/scene/volume-order";

function volume(name: VolumeAsset["name"], detail: VolumeAsset["detail"] = "full", bytes = 100): VolumeAsset {
  return {
    name,
    detail,
    slabs: [0, 4, 8, 12].map((first) => ({ first_k: first, slices: 4, asset: `${name}-${first}`, bytes })),
    bytes_per_sample: 1,
    shape_ijk: [10, 10, 16],
    // k runs to the left, 2 mm a slice, from x = 10.
    lps_from_ijk: [0, 0, -2, 10, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1],
    value_low: 0,
    value_high: 1,
  };
}

const ALL = [
  volume("ct", "full", 1000),
  volume("ct", "half", 250),
  volume("hepatic_branches"),
  volume("segments"),
  volume("tumour_distance"),
  volume("liver_distance"),
];
const names = (device: "desktop" | "headset", bytesPerSecond: number | null) =>
  volumeSteps(ALL, device, bytesPerSecond).map(({ volume: { name, detail } }) => (name === "ct" ? detail : name));

describe("volumes", () => {
  test("come as outline and bands first, then the CT, then what is chosen and marked", () => {
    expect(names("headset", null)).toEqual([
      "liver_distance",
      "tumour_distance",
      "half",
      "segments",
      "hepatic_branches",
    ]);
  });

  test("a desktop takes the full CT alone where it comes at once, else the half one before it", () => {
    expect(names("desktop", 4000)).toEqual([
      "liver_distance",
      "tumour_distance",
      "segments",
      "hepatic_branches",
      "full",
    ]);
    expect(names("desktop", 3000)).toEqual([
      "liver_distance",
      "tumour_distance",
      "half",
      "segments",
      "hepatic_branches",
      "full",
    ]);
    expect(names("desktop", null)).toContain("half");
  });

  test("a CT that would not fit on the card beside the rest is taken in half its detail, or left out", () => {
    const large = (detail: "full" | "half", slices: number): VolumeAsset => ({
      ...volume("ct", detail),
      shape_ijk: [512, 512, slices],
    });
    const taken = (...volumes: VolumeAsset[]) =>
      volumeSteps([volume("liver_distance"), ...volumes], "desktop", 1e9).map(({ volume: one }) =>
        one.name === "ct" ? one.detail : one.name,
      );
    expect(taken(large("full", 600), large("half", 100))).toEqual(["liver_distance", "full"]);
    expect(taken(large("full", 700), large("half", 100))).toEqual(["liver_distance", "half"]);
    expect(taken(large("full", 900), large("half", 800))).toEqual(["liver_distance"]);
  });

  test("a case without a half CT is shown in full on every device", () => {
    expect(volumeSteps([ALL[0] as VolumeAsset], "headset", null).map(({ volume: one }) => one.detail)).toEqual([
      "full",
    ]);
  });
});

test("slabs come from the one that is looked at outwards", () => {
  expect(slabsFrom(volume("ct").slabs, 9).map(({ first_k }) => first_k)).toEqual([8, 4, 12, 0]);
});

test("the nearest slice is found on any grid, and stays within it", () => {
  expect(nearestSlice(volume("ct"), [0, 3, 3])).toBe(5);
  expect(nearestSlice(volume("ct"), [99, 0, 0])).toBe(0);
  expect(nearestSlice(volume("ct"), [-99, 0, 0])).toBe(15);
});

test("volumes are the same by their slabs", () => {
  const one = volume("segments");
  expect(isSameVolume(one, volume("segments"))).toBe(true);
  const changed = { ...one, slabs: one.slabs.map((slab, n) => (n === 2 ? { ...slab, asset: "other" } : slab)) };
  expect(isSameVolume(one, changed)).toBe(false);
  expect(isSameVolume(volume("ct", "half"), volume("ct", "full"))).toBe(false);
});
