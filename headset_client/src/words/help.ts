// The first hint and the keys.

export const helpWords = {
  help: {
    title: "Keys and mouse",
    close: "Close",
    groups: [
      {
        title: "Resection",
        keys: [
          ["Drag a cut or its arrow", "move along its normal"],
          ["Drag a knob", "tilt, bend or resize (Shift: finely)"],
          ["W / E / R", "move / rotate / shape with the whole cut"],
          ["Arrow keys", "nudge 1 mm or 1° (Shift: 5)"],
          ["[ ]  S", "choose a handle of a curved cut, and what it moves"],
          ["X", "flip the resected side"],
          ["A", "add a cut: N plane, B curved, L line, T wedge, G anatomical"],
          ["P", "proposals"],
          ["J / =", "plans: choose, compare, sign / side by side"],
          ["M Z . O Y / 0", "measure: distance, diameter, angle, vessel, pin / picture"],
          ["D / Delete", "duplicate / remove the cut"],
          ["Ctrl+Z / Ctrl+Shift+Z", "undo / redo your own changes"],
          ["Esc", "cancel"],
          [";", "say a command, where voice commands are on"],
          ["Space", "held: speak; Shift+Space: microphone on or off"],
        ],
      },
      {
        title: "View",
        keys: [
          ["Drag beside the plane", "turn"],
          ["Right drag, two fingers", "shift"],
          ["Wheel, pinch", "closer or farther"],
          ["1 – 6", "front, back, right, left, top, bottom"],
          ["F", "frame the liver"],
          ["Home", "start view"],
          ["C", "Couinaud segments as colours"],
          ["Q", "CT slice; Page Up / Down: through it"],
          ["U", "the chosen cut laid flat"],
          ["K", "take the liver apart along the plan"],
          ["8", "look at the session again, with what was decided"],
          ["V", "enter VR"],
          ["H / I", "hide, or show alone, the structure under the pointer"],
          ["Ctrl+P, /", "find a structure or a command"],
          [",", "settings"],
          ["?", "this help"],
        ],
      },
    ],
  },
  hint: {
    steps: [
      ["Place", "Put a plane through the liver."],
      ["Move", "Drag it: blue stays, the other side goes."],
      ["Read", "Volumes and margins follow your hand."],
    ],
    dismiss: "Got it",
  },
} as const;
