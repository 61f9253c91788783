"""What a browser takes for next to nothing, on this machine and in this run: pages that no client can be quicker than.

`blank` is a page whose script asks for one frame; `picture` shows the case's poster and nothing else, by the browser's
own element timing, which is later than asking for a frame: it counts until that frame is on screen; `triangle` draws
one triangle in plain WebGL 2; `three.js` draws the case's own coarsest triangles, sent as plain floats, with the
library's renderer and one lit material a structure.
"""

from __future__ import annotations

import http.server
import threading
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.case import Case

THREE: Final = Path(__file__).resolve().parents[2] / "headset_client" / "node_modules" / "three" / "build"

_HEAD: Final = """<!doctype html><meta charset="utf-8"><title>Floor</title>
<style>html,body{margin:0;height:100%}canvas{display:block}</style><canvas id="view" width="760" height="460"></canvas>
"""
_SHOWN: Final = """
function shown(gl) {
  const fence = gl.fenceSync(gl.SYNC_GPU_COMMANDS_COMPLETE, 0);
  gl.flush();
  const look = () => {
    if (gl.getSyncParameter(fence, gl.SYNC_STATUS) !== gl.SIGNALED) setTimeout(look, 1);
    else performance.mark("floor");
  };
  look();
}
"""
_BLANK: Final = _HEAD + "<script>requestAnimationFrame(() => performance.mark('floor'));</script>"
_TRIANGLE: Final = f"""{_HEAD}<script>{_SHOWN}
const gl = document.getElementById("view").getContext("webgl2", {{ antialias: false }});
const program = gl.createProgram();
const add = (kind, text) => {{
  const shader = gl.createShader(kind);
  gl.shaderSource(shader, "#version 300 es\\nprecision highp float;" + text);
  gl.compileShader(shader);
  gl.attachShader(program, shader);
}};
add(gl.VERTEX_SHADER, "void main() {{ gl_Position = vec4(vec2(gl_VertexID & 1, gl_VertexID >> 1), 0.0, 1.0); }}");
add(gl.FRAGMENT_SHADER, "out vec4 colour; void main() {{ colour = vec4(1.0); }}");
gl.linkProgram(program);
gl.useProgram(program);
gl.drawArrays(gl.TRIANGLES, 0, 3);
shown(gl);
</script>"""
_THREE: Final = f"""{_HEAD}<link rel="modulepreload" href="/three.module.js">
<link rel="modulepreload" href="/three.core.js">
<link rel="preload" as="fetch" crossorigin href="/meshes.bin"><script type="module">
import * as three from "/three.module.js";
{_SHOWN}
const renderer = new three.WebGLRenderer({{ canvas: document.getElementById("view"), antialias: false }});
const camera = new three.PerspectiveCamera(28, 760 / 460, 10, 5000);
const scene = new three.Scene();
scene.add(new three.HemisphereLight());
const body = await (await fetch("/meshes.bin")).arrayBuffer();
let at = 0;
const take = (kind) => {{
  const [count] = new Uint32Array(body, at, 1);
  at += 4 + 4 * count;
  return new kind(body, at - 4 * count, count);
}};
while (at < body.byteLength) {{
  const geometry = new three.BufferGeometry();
  geometry.setAttribute("position", new three.BufferAttribute(take(Float32Array), 3));
  geometry.setIndex(new three.BufferAttribute(take(Uint32Array), 1));
  geometry.computeVertexNormals();
  scene.add(new three.Mesh(geometry, new three.MeshLambertMaterial({{ color: Math.random() * 0xffffff }})));
}}
const middle = new three.Box3().setFromObject(scene).getCenter(camera.position.clone());
camera.position.copy(middle).add(new three.Vector3(0, -900, 0));
camera.lookAt(middle);
renderer.render(scene, camera);
shown(renderer.getContext());
</script>"""
_PICTURE: Final = """<!doctype html><meta charset="utf-8"><title>Floor</title>
<style>html,body{margin:0;height:100%}img{height:100vh}</style><script>
new PerformanceObserver((list) => performance.mark("floor", { startTime: list.getEntries()[0].renderTime }))
  .observe({ type: "element", buffered: true });
</script><img alt="" elementtiming="poster" decoding="sync" src="IMAGE">"""
PAGES: Final = {"blank": _BLANK, "picture": _PICTURE, "triangle": _TRIANGLE, "three.js": _THREE}


def serve_floors(case: Path, picture: str) -> int:
    """Serves the pages on a thread that ends with the process.

    Args:
        case: its coarsest triangles are drawn.
        picture: address of the one that is shown, as a page has it.

    Returns:
        The port.
    """
    files = {f"/{name}": ("text/html", text.replace("IMAGE", picture).encode()) for name, text in PAGES.items()}
    files["/meshes.bin"] = ("application/octet-stream", _coarsest(case))
    for name in ("three.module.js", "three.core.js"):
        files[f"/{name}"] = ("text/javascript", (THREE / name).read_bytes())

    class Pages(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            kind, body = files.get(self.path.replace("%20", " "), ("text/plain", b""))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return int(server.server_address[1])


def _coarsest(path: Path) -> bytes:
    """Counts, float32 positions and uint32 indices of every structure's coarsest level."""
    case = Case.open(path)
    parts = []
    for record in case.manifest.structures:
        level = case.mesh(record.name, len(record.levels) - 1)
        for values in (np.asarray(level.vertices_lps_mm, np.float32), np.asarray(level.faces, np.uint32)):
            parts += [np.uint32(values.size).tobytes(), values.tobytes()]
    return b"".join(parts)
