// A room with one table around the emulated headset: what a ray meets of it, and its picture behind the page.
const TABLE = { y: 0.74, x: [-0.7, 0.7], z: [-1.7, -0.6] };

class TableRoom {
  version = "test";
  trackedPlanes = new Set();
  trackedMeshes = new Set();
  environmentCanvas = document.createElement("canvas");

  constructor() {
    const canvas = this.environmentCanvas;
    Object.assign(canvas, { width: 1280, height: 800 });
    Object.assign(canvas.style, { position: "fixed", inset: "0", width: "100%", height: "100%" });
    const pen = canvas.getContext("2d");
    const fill = (colour, ...corners) => {
      pen.fillStyle = colour;
      pen.beginPath();
      for (const corner of corners) pen.lineTo(...corner);
      pen.fill();
    };
    fill("#f4f1ea", [0, 0], [1280, 0], [1280, 420], [0, 420]);
    fill("#d9d2c6", [0, 420], [1280, 420], [1280, 800], [0, 800]);
    fill("#b98a5a", [300, 470], [980, 470], [1200, 800], [80, 800]);
  }

  render() {}

  loadEnvironment() {}

  loadDefaultEnvironment() {}

  /** `ray` is column-major and runs along its -z. */
  computeHitTestResults(ray) {
    const way = [-ray[8], -ray[9], -ray[10]];
    const length = (TABLE.y - ray[13]) / way[1];
    const [x, z] = [ray[12] + length * way[0], ray[14] + length * way[2]];
    const isOn = (value, [from, to]) => value >= from && value <= to;
    if (way[1] >= 0 || length < 0 || !isOn(x, TABLE.x) || !isOn(z, TABLE.z)) return [];
    return [new Float32Array([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, x, TABLE.y, z, 1])];
  }
}

window.xrDevice.installSEM(TableRoom);
