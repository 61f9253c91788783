// The free slice of the CT, in a headset: which way it lies, where, in the hand or left where it is.
import { Vector3 } from "three";
import { placeOf, SLICE_KINDS } from "../../geometry/slice-pose";
import { CT_WINDOWS, type CtWindowName, nameOf } from "../../scene/ct-window";
import { formatMm, strings } from "../../strings";
import { chooseSlice, stepSlice } from "../../tools/slicing";
import type { ToolPage } from "../tool-page";
import { back, type PageParts, stepper } from "./page-parts";

/** Slices of the scan a press: a few millimetres. */
const SLICES_A_PRESS = 3;

export function slicePage(parts: PageParts): ToolPage {
  const { ui, planning } = parts;
  const { slice, sliceInHand, ctWindow } = ui.getState();
  if (!planning.ctBox) return { title: strings.slice.title, note: [strings.slice.none], rows: [[back(parts, "look")]] };
  const place = slice ? placeOf(slice) : null;
  const kinds = SLICE_KINDS.filter((kind) => kind !== "oblique").map((kind) => ({
    id: `slice-${kind}`,
    label: strings.slice.kinds[kind],
    active: slice?.kind === kind && !sliceInHand,
    press: () => {
      ui.setState({ sliceInHand: false });
      chooseSlice({ ui, planning }, kind, new Vector3(0, 0, -1));
    },
  }));
  return {
    title: strings.slice.title,
    note: sliceInHand ? strings.slice.handHow : [],
    rows: [
      kinds,
      [
        {
          id: "slice-hand",
          label: sliceInHand ? strings.slice.leave : strings.slice.inHand,
          active: sliceInHand,
          press: () => ui.setState({ sliceInHand: !sliceInHand }),
        },
      ],
      ...(place
        ? [stepper("slice-place", placed(place), (by) => stepSlice({ ui, planning }, by * SLICES_A_PRESS))]
        : []),
      windowRow(parts, nameOf(ctWindow)),
      [
        {
          id: "slice-off",
          label: strings.slice.close,
          enabled: slice !== null || sliceInHand,
          press: () => ui.setState({ slice: null, sliceInHand: false }),
        },
      ],
      [back(parts, "look")],
    ],
  };
}

function windowRow({ ui }: PageParts, name: CtWindowName | null) {
  const names = Object.keys(CT_WINDOWS) as CtWindowName[];
  const next = names[(names.indexOf(name ?? "planning") + 1) % names.length] as CtWindowName;
  const said = name ? strings.slice.windows[name] : strings.slice.own;
  return [
    {
      id: "ct-window",
      label: strings.xr.next(`${strings.slice.window}: ${said}`),
      press: () => ui.setState({ ctWindow: CT_WINDOWS[next] }),
    },
  ];
}

function placed({ letter, mm }: { readonly letter: string; readonly mm: number }): string {
  return `${letter} ${formatMm(mm)}`;
}
