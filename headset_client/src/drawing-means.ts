// What this browser draws in 3D with. Asked early: it also wakes the graphics process while scripts are on their way.

export interface DrawingMeans {
  /** False where there is no WebGL 2. */
  readonly able: boolean;
  /** The processor draws: every sample of every pixel counts. */
  readonly inSoftware: boolean;
}

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;
let means: DrawingMeans | undefined;

export function drawingMeans(): DrawingMeans {
  means ??= findOut();
  return means;
}

function findOut(): DrawingMeans {
  const context = document.createElement("canvas").getContext("webgl2");
  if (!context) return { able: false, inSoftware: false };
  const named = context.getExtension("WEBGL_debug_renderer_info");
  const name: unknown = context.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : context.RENDERER);
  context.getExtension("WEBGL_lose_context")?.loseContext();
  return { able: true, inSoftware: SOFTWARE.test(String(name)) };
}
