// The desktop camera: orbit, pan and zoom about a focus, with named views; drawn only when it moves.
import { type PerspectiveCamera, Quaternion, Spherical, Vector3 } from "three";
import { OrbitControls } from "three/addons/controls/OrbitControls.js";

/** In the order of their keys, 1 to 6. */
export const THE_VIEWS = ["anterior", "posterior", "right", "left", "superior", "inferior"] as const;

export type ViewName = (typeof THE_VIEWS)[number];

/** Where the eye stands, seen from the focus; glTF axes: +X patient left, +Y superior, +Z anterior. */
const EYE_DIRECTIONS: Readonly<Record<ViewName, Vector3>> = {
  anterior: new Vector3(0, 0, 1),
  posterior: new Vector3(0, 0, -1),
  right: new Vector3(-1, 0, 0),
  left: new Vector3(1, 0, 0),
  superior: new Vector3(0, 1, 0.001),
  inferior: new Vector3(0, -1, 0.001),
};

/** From the patient's right front and a little above: the plane is seen at a slant and the hilum is in view. */
const HOME_DIRECTION = new Vector3(-0.72, 0.28, 1);
const GLIDE_MS = 320;
/** The bars at the top and the bottom of the page take their part of the height. */
const FRAMING = 1.02;

export class ViewCamera {
  readonly controls: OrbitControls;
  readonly #camera: PerspectiveCamera;
  readonly #invalidate: () => void;
  readonly #focus = new Vector3();
  #radius = 0.15;
  #glide: { from: Vector3; to: Vector3; fromTarget: Vector3; toTarget: Vector3; startedMs: number } | null = null;

  constructor(camera: PerspectiveCamera, canvas: HTMLElement, invalidate: () => void) {
    this.#camera = camera;
    this.#invalidate = invalidate;
    this.controls = new OrbitControls(camera, canvas);
    this.controls.enableDamping = false;
    this.controls.rotateSpeed = 0.8;
    this.controls.zoomToCursor = false;
    this.controls.minDistance = 0.04;
    this.controls.maxDistance = 4;
    this.controls.addEventListener("change", invalidate);
    this.controls.addEventListener("start", () => {
      this.#glide = null;
    });
  }

  get focusDistance(): number {
    return this.#camera.position.distanceTo(this.controls.target);
  }

  /** What `frame` and `home` show: a sphere, world metres. */
  setSubject(focus: Vector3, radius: number): void {
    this.#focus.copy(focus);
    this.#radius = radius;
  }

  home(): void {
    this.#goTo(HOME_DIRECTION, false);
  }

  look(view: ViewName): void {
    this.#goTo(EYE_DIRECTIONS[view], true);
  }

  frame(): void {
    this.#goTo(this.#camera.position.clone().sub(this.controls.target), true);
  }

  /** Turns to a part and comes near: its centre and radius, world metres. */
  closeUp(centre: Vector3, radius: number): void {
    this.#goTo(this.#camera.position.clone().sub(this.controls.target), true, centre, radius);
  }

  /** The camera was put somewhere by somebody else: from now on it turns about this place. */
  standAt(target: Vector3): void {
    this.#glide = null;
    this.controls.target.copy(target);
    this.controls.update();
    this.#invalidate();
  }

  /** Takes one step of a glide; true while it goes on. */
  update(nowMs: number): boolean {
    const glide = this.#glide;
    if (!glide) return false;
    const t = Math.min(1, (nowMs - glide.startedMs) / GLIDE_MS);
    const eased = 1 - (1 - t) ** 3;
    this.controls.target.lerpVectors(glide.fromTarget, glide.toTarget, eased);
    this.#camera.position.copy(glideOffset(glide.from, glide.to, eased)).add(this.controls.target);
    this.controls.update();
    if (t === 1) this.#glide = null;
    return this.#glide !== null;
  }

  dispose(): void {
    this.controls.dispose();
  }

  #goTo(direction: Vector3, animated: boolean, focus = this.#focus, radius = this.#radius): void {
    const vertical = (this.#camera.fov * Math.PI) / 360;
    const horizontal = Math.atan(Math.tan(vertical) * this.#camera.aspect);
    const distance = (FRAMING * radius) / Math.sin(Math.min(vertical, horizontal));
    const to = direction.clone().setLength(distance);
    const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (animated && !reduced) {
      const from = this.#camera.position.clone().sub(this.controls.target);
      this.#glide = {
        from,
        to,
        fromTarget: this.controls.target.clone(),
        toTarget: focus.clone(),
        startedMs: performance.now(),
      };
    } else {
      this.#glide = null;
      this.controls.target.copy(focus);
      this.#camera.position.copy(to).add(focus);
      this.controls.update();
    }
    this.#invalidate();
  }
}

/** Between two offsets around the focus, on the sphere and not through the model. */
function glideOffset(from: Vector3, to: Vector3, t: number): Vector3 {
  const a = new Spherical().setFromVector3(from);
  const b = new Spherical().setFromVector3(to);
  let turn = b.theta - a.theta;
  if (turn > Math.PI) turn -= 2 * Math.PI;
  if (turn < -Math.PI) turn += 2 * Math.PI;
  return new Vector3().setFromSpherical(
    new Spherical(a.radius + (b.radius - a.radius) * t, a.phi + (b.phi - a.phi) * t, a.theta + turn * t),
  );
}

const inverse = new Quaternion();

/** The rotation that shows patient directions as the camera sees them, as a CSS matrix3d. */
export function cubeTransform(camera: PerspectiveCamera): string {
  inverse.copy(camera.quaternion).invert();
  const x = new Vector3(1, 0, 0).applyQuaternion(inverse);
  const y = new Vector3(0, 1, 0).applyQuaternion(inverse);
  const z = new Vector3(0, 0, 1).applyQuaternion(inverse);
  // CSS has +Y down: rows and columns of y change sign.
  const m = [x.x, -x.y, x.z, 0, -y.x, y.y, -y.z, 0, z.x, -z.y, z.z, 0, 0, 0, 0, 1];
  return `matrix3d(${m.map((value) => value.toFixed(5)).join(",")})`;
}
