import { describe, expect, it } from "vitest";
import type { MarginLevel } from "../../src/design/tokens";
import type { MarginRow } from "../../src/panels/numbers-view";
import { Haptics, worstLevel } from "../../src/xr/haptics";

const margin = (level: MarginLevel) => ({ level }) as MarginRow;

function hand() {
  const felt: number[] = [];
  const pulse = async (strength: number) => felt.push(strength) > 0;
  return { felt, source: { gamepad: { hapticActuators: [{ pulse }] } } as unknown as XRInputSource };
}

describe("what a hand feels", () => {
  it("ticks when something is taken and knocks when the worst margin comes into another band", () => {
    const { felt, source } = hand();
    const haptics = new Haptics();
    haptics.taken(source);
    expect(felt.length).toBe(1);
    haptics.margins([margin("clear"), margin("clear")]);
    haptics.margins([margin("clear"), margin("clear")]);
    expect(felt.length).toBe(1);
    haptics.margins([margin("clear"), margin("near")]);
    haptics.margins([margin("clear"), margin("near")]);
    haptics.margins([margin("crossed"), margin("near")]);
    expect(felt.length).toBe(3);
    expect(felt[1]).toBeGreaterThan(felt[0] as number);
  });

  it("feels nothing after it let go, nor without an actuator", () => {
    const { felt, source } = hand();
    const haptics = new Haptics();
    haptics.taken(source);
    haptics.margins([margin("clear")]);
    haptics.released();
    haptics.margins([margin("tight")]);
    expect(felt.length).toBe(1);
    haptics.taken({} as XRInputSource);
    haptics.taken(null);
  });

  it("counts tumours without a cut for nothing", () => {
    expect(worstLevel([margin("unknown")])).toBeNull();
    expect(worstLevel([margin("unknown"), margin("near"), margin("tight")])).toBe("tight");
  });
});
