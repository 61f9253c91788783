// Every word a person reads, in one place. English; another language is another object of the same shape.

export const strings = {
  product: "Cantlie",
  notice: "Research use, not a medical device",
  start: {
    title: "Cases",
    lead: "Open a case to see the liver in 3D, place a resection and read what remains.",
    loading: "Looking for cases…",
    failed: "The list of cases could not be loaded.",
    failedCure: "Check that the server is running, then try again.",
    retry: "Try again",
    emptyTitle: "No cases yet",
    emptyLead: "Prepare one from a CT on the machine that runs the server, or make the demo case:",
    emptyPrepare: "cantlie prepare path/to/scan --out cases/my-case",
    emptyDemo: "make demo",
    broken: "This case cannot be opened",
    liver: "Liver",
    tumours: (count: number) => (count === 0 ? "No tumours" : count === 1 ? "1 tumour" : `${count} tumours`),
    structures: (count: number) => (count === 1 ? "1 structure" : `${count} structures`),
    open: "Open",
  },
  connection: {
    connecting: "Connecting…",
    online: "Live",
    reconnecting: "Connection lost, trying again…",
    refused: "Not connected",
    roundTrip: (milliseconds: number) => `${Math.max(1, Math.round(milliseconds))} ms`,
  },
  loading: {
    scene: "Opening the case…",
    meshes: (done: number, total: number) => `Loading anatomy ${done} of ${total}`,
    refining: "Refining surfaces…",
    ct: "Loading CT…",
  },
  people: {
    title: "In this session",
    you: "you",
    someone: "Someone",
    guest: (number: number) => `Guest ${number}`,
    holding: (name: string) => `${name} is moving the plane`,
    invite: "Invite",
    inviteTitle: "Plan together",
    inviteLead: "Everyone who opens this link sees the same plan, on a screen or in a headset.",
    inviteLoading: "Making the link…",
    inviteFailed: "The link could not be made. Check that the server is running, then try again.",
    inviteRetry: "Try again",
    inviteScan: "Point the camera of a headset, tablet or telephone at the code.",
    inviteCode: "QR code of the link",
    inviteLink: "Link",
    copy: "Copy link",
    copied: "Copied",
    copyByHand: "The browser does not let this page copy. The link is selected: press Ctrl+C.",
    name: "Your name",
  },
  numbers: {
    title: "Resection",
    empty: "No resection yet",
    emptyLead: "Place a plane through the liver. The numbers follow while you move it.",
    place: "Place a resection plane",
    flr: "Future liver remnant",
    denominators: {
      total_liver_volume: "of total liver volume, tumours included",
      liver_without_tumour: "of liver volume without tumours",
    },
    remnant: "Remnant",
    resected: "Resected",
    total: "Liver",
    margins: "Tumour margins",
    noTumours: "No tumours in this case",
    crossed: "Cut through",
    status: { resected: "resected", remnant: "remnant", crossed: "" },
    uncertainty: (mm: string) => `± ${mm} mm (voxel size)`,
    vessels: "Vessels crossed",
    noVessels: "None",
    branches: (count: number) => (count === 1 ? "1 branch" : `${count} branches`),
    widest: (diameter: string) => `widest ${diameter}`,
    vesselsWait: "Counted when you let go",
    stale: "Updating…",
    offline: "Not up to date: connection lost",
    wholeLiver: "Nothing is resected",
    tumourFree: (percent: string) => `${percent} % without tumour`,
  },
  structures: {
    title: "Structures",
    show: (name: string) => `Show ${name}`,
    opacity: (name: string) => `Opacity of ${name}`,
    volumeHint: "mL of the whole structure in the scan",
    diameter: (length: string) => `⌀ ${length}`,
    diameterHint: "Longest diameter in an axial plane",
  },
  segments: {
    title: "Couinaud segments",
    lead: "A proposal from this patient's veins and portal branches",
    uncertain: (volume: string) => `of it ${volume} uncertain`,
    share: (percent: string) => `${percent} %`,
    variants: "Variants",
  },
  tools: {
    move: "Move",
    rotate: "Rotate",
    flip: "Flip side",
    remove: "Remove",
    frame: "Frame",
    add: "Add plane",
    view: {
      anterior: "Front",
      posterior: "Back",
      right: "Right",
      left: "Left",
      superior: "Top",
      inferior: "Bottom",
    },
    viewsTitle: "View from",
    help: "Keyboard help",
    margins: "Margin bands",
    segments: "Segments",
    ct: "CT on the cut",
  },
  cut: { resectedSide: "Resected", bands: "Distance to tumour", outline: "Liver outline" },
  xr: {
    enterVr: "Enter VR",
    enterAr: "Enter AR",
    leave: "Leave",
    checking: "Looking for a headset…",
    noWebXr: "This browser has no WebXR. Open the link in a headset's browser.",
    notSecure: "Headsets need a secure page (https or localhost).",
    noVr: "No headset found on this device.",
    failed: "The headset did not start.",
    failedCure: "Put it on, allow the session and try again.",
    lock: "Model locked",
    unlocked: "Model unlocked",
    bringToMe: "Bring to me",
    trueSize: "1 : 1",
    larger: "Larger",
    smaller: "Smaller",
    flip: "Flip side",
    place: "Place plane",
    scale: (factor: string) => `${factor} ×`,
    scaleBar: "10 cm",
  },
  help: {
    title: "Keys and mouse",
    close: "Close",
    groups: [
      {
        title: "Resection",
        keys: [
          ["Drag the plane or its arrow", "move along its normal"],
          ["Drag a knob on its edge", "tilt"],
          ["W / E", "move / rotate with the whole plane"],
          ["Arrow keys", "nudge 1 mm or 1° (Shift: 5)"],
          ["X", "flip the resected side"],
          ["N", "place a plane"],
          ["Delete", "remove the plane"],
          ["Esc", "cancel the drag"],
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
          ["V", "enter VR"],
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
  problem: {
    offline: "Not connected, so this change was not saved.",
    offlineCure: "It works again as soon as the connection is back.",
    held: (name: string) => `${name} is moving this plane.`,
    heldCure: "Wait until they let go.",
    noOtherSide: "This cut has no other side.",
    noOtherSideCure: "A wedge resects what is inside it. Use a plane or a surface instead.",
    unreadable: "The server sent something this page does not understand.",
    reload: "Reload the page.",
    asset: "A part of the model could not be loaded.",
    assetCure: "Reload the page to try again.",
    webgl: "This browser cannot draw in 3D (WebGL 2 is missing).",
    webglCure: "Use a current Chrome, Edge, Firefox or Safari, and turn hardware acceleration on.",
    contextLost: "The graphics card was interrupted.",
    back: "All cases",
  },
} as const;

/** "1 234", with a narrow space between thousands and a true minus sign. */
export function formatNumber(value: number, digits = 0): string {
  const rounded = Math.abs(value).toFixed(digits);
  const [whole = "0", fraction] = rounded.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  const sign = value < 0 && Number(rounded) !== 0 ? "\u2212" : "";
  return sign + grouped + (fraction === undefined ? "" : `.${fraction}`);
}

/** Volumes to 1 mL, small ones to a tenth. */
export function formatMl(value: number): string {
  return `${formatNumber(value, Math.abs(value) < 10 ? 1 : 0)}\u00a0mL`;
}

export function formatPercent(value: number): string {
  return formatNumber(value, 1);
}

export function formatMm(value: number): string {
  return `${formatNumber(value, 1)}\u00a0mm`;
}
