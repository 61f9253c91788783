// An emulated headset and the person who wears it. Every verb is one promise, so that a test asks once a verb.
const device = new IWER.XRDevice(IWER.metaQuest3, { stereoEnabled: false });
device.installRuntime({ forceInstall: true });
device.position.set(0, 1.5, 0);
device.controlMode = "programmatic";
window.xrDevice = device;

// With stereo off the right eye is a picture of no width that would still cost as much to draw as the left.
const bothEyes = XRFrame.prototype.getViewerPose;
XRFrame.prototype.getViewerPose = function (space) {
  const pose = bothEyes.call(this, space);
  if (pose) Object.defineProperty(pose, "views", { value: pose.views.slice(0, device.stereoEnabled ? 2 : 1) });
  return pose;
};

// Nobody sees the page behind the headset, and software would lay it over every frame.
const bare = new CSSStyleSheet();
bare.replaceSync("body * { visibility: hidden; } canvas { visibility: visible; }");
const request = navigator.xr.requestSession.bind(navigator.xr);
navigator.xr.requestSession = async (...wish) => {
  const session = await request(...wish);
  document.adoptedStyleSheets.push(bare);
  session.addEventListener("end", () => {
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== bare);
  });
  return session;
};

const DOZING_MS = 400;
const nextFrame = window.requestAnimationFrame.bind(window);
let dozes = false;
window.requestAnimationFrame = (callback) =>
  dozes ? window.setTimeout(() => nextFrame(callback), DOZING_MS) : nextFrame(callback);

const pulses = [];
const EYES = [0.05, 1.45, -0.1];
/** Finger and thumb meet ahead of an emulated wrist. */
const PINCH_AHEAD_M = 0.12;
let mode = "controller";

function frames(count) {
  const until = cantlie.frame + count;
  return new Promise((done) => {
    const ask = () => (cantlie.frame >= until ? done() : requestAnimationFrame(ask));
    ask();
  });
}

function input(side) {
  return mode === "hand" ? device.hands[side] : device.controllers[side];
}

/** Pinch, trigger; for gaze the source exists as long as the fingers touch. */
async function select(value, side) {
  if (mode === "hand") device.hands[side].updatePinchValue(value);
  else {
    if (mode === "gaze" && value === 1) {
      input(side).connected = true;
      await frames(2);
    }
    input(side).updateButtonValue("trigger", value);
    await frames(2);
    if (mode === "gaze" && value === 0) input(side).connected = false;
  }
  await frames(1);
}

function place(side, [x, y, z]) {
  input(side).position.set(x, y, z);
  input(side).quaternion.set(0, 0, 0, 1);
}

/** Turns the ray, which runs along -z, from one place to another. */
function aim(side, from, to) {
  const way = to.map((value, axis) => value - from[axis]);
  const length = Math.hypot(...way);
  const [x, y, z] = way.map((value) => value / length);
  const turn = [y, -x, 0, 1 - z];
  const size = Math.hypot(...turn);
  input(side).position.set(...from);
  input(side).quaternion.set(...turn.map((value) => value / size));
}

const wearer = {
  pulses,
  frames,

  /** Where this person only looks on, a few frames a second leave the processor to the others. */
  doze(on) {
    dozes = on;
  },

  async useHands() {
    mode = "hand";
    device.primaryInputMode = "hand";
    await frames(6);
  },

  /** As on a headset that follows the eyes: no hand is there until it pinches, then its ray starts at the eyes. */
  async useGaze() {
    mode = "gaze";
    device.controllers.left.connected = false;
    Object.defineProperty(device.controllers.right.inputSource, "targetRayMode", { value: "transient-pointer" });
    device.controllers.right.connected = false;
    await frames(3);
  },

  async press(button, side = "right") {
    const [x, y, z] = cantlie.buttonInRoom(button);
    aim(side, mode === "gaze" ? EYES : [x - 0.02, y, z + 0.35], [x, y, z]);
    await frames(2);
    await select(1, side);
    await select(0, side);
  },

  /** Takes what is at a place: a controller by its grip, a hand by pinching there, gaze by looking at it. */
  async take([x, y, z], side = "right") {
    if (mode === "gaze") {
      aim(side, EYES, [x, y, z]);
      await select(1, side);
    } else {
      wearer.at = [x, y, mode === "hand" ? z + PINCH_AHEAD_M : z];
      place(side, wearer.at);
      await frames(3);
      if (mode === "hand") device.hands[side].updatePinchValue(1);
      else input(side).updateButtonValue("squeeze", 1);
    }
    await frames(3);
  },

  async carry(by, precisely, side = "right") {
    if (precisely) input(side).updateButtonValue("trigger", 1);
    const { x, y, z } = input(side).position;
    const start = [x, y, z];
    for (let step = 1; step <= 4; step++) {
      input(side).position.set(...start.map((value, axis) => value + (by[axis] * step) / 4));
      await frames(1);
    }
    await frames(2);
    if (mode === "gaze") await select(0, side);
    else if (mode === "hand") device.hands[side].updatePinchValue(0);
    else input(side).updateButtonValue("squeeze", 0);
    if (precisely) input(side).updateButtonValue("trigger", 0);
    await frames(2);
  },

  async draw(places, side = "right") {
    aim(side, EYES, places[0]);
    await frames(2);
    await select(1, side);
    for (const one of places.slice(1)) {
      aim(side, EYES, one);
      await frames(1);
    }
    await frames(1);
    await select(0, side);
  },

  /** Aims from beside the eyes and presses nothing. */
  async aimAt(to, from = EYES, side = "right") {
    aim(side, from, to);
    await frames(4);
  },

  /** Pulls the trigger where it is. */
  async pull(side = "right") {
    await select(1, side);
    await select(0, side);
  },

  async pointAt(to, side = "right") {
    aim(side, EYES, to);
    await frames(3);
    await select(1, side);
    await select(0, side);
  },

  /** Both hands still where they are seen and hide nothing. */
  async restHands() {
    aim("right", [0.3, 1.08, -0.5], [0.36, 1.1, -1]);
    aim("left", [-0.3, 1.08, -0.5], [-0.36, 1.1, -1]);
    await frames(4);
  },

  /** The stick to the right (1) or left (-1), held for a while and let go. */
  async push(side, x) {
    input(side).updateAxis("thumbstick", "x-axis", x);
    await frames(6);
    input(side).updateAxis("thumbstick", "x-axis", 0);
    await frames(3);
  },

  /** Both grips apart from a middle: half the distance between the hands at first and at last, metres. */
  async stretch([x, y, z], from, to) {
    const hands = [
      ["left", -1],
      ["right", 1],
    ];
    for (const [side, sign] of hands) place(side, [x + sign * from, y, z]);
    await frames(3);
    for (const [side] of hands) {
      input(side).updateButtonValue("squeeze", 1);
      await frames(2);
    }
    for (let step = 1; step <= 4; step++) {
      const half = from + ((to - from) * step) / 4;
      for (const [side, sign] of hands) place(side, [x + sign * half, y, z]);
      await frames(1);
    }
    await frames(2);
    for (const [side] of hands) input(side).updateButtonValue("squeeze", 0);
    await frames(3);
  },
};
window.wearer = wearer;

for (const side of ["left", "right"]) {
  for (const actuator of device.controllers[side].inputSource.gamepad.hapticActuators) {
    actuator.pulse = async (strength, ms) => {
      pulses.push({ side, strength, ms });
      return true;
    };
  }
}
