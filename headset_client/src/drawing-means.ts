// What this browser draws in 3D with: the page's one canvas, made early, so that the graphics process starts while scripts
// are on their way.

export interface DrawingMeans {
  readonly canvas: HTMLCanvasElement;
  /** Null where there is no WebGL 2. */
  readonly context: WebGL2RenderingContext | null;
  /** The processor draws. */
  readonly inSoftware: boolean;
}

const SOFTWARE = /swiftshader|llvmpipe|softpipe|software|basic render/i;
const ATTRIBUTES: WebGLContextAttributes = {
  alpha: true,
  antialias: false,
  depth: true,
  stencil: false,
  premultipliedAlpha: true,
  powerPreference: "high-performance",
};
let means: DrawingMeans | undefined;

export function drawingMeans(): DrawingMeans {
  means ??= findOut();
  return means;
}

function findOut(): DrawingMeans {
  const plain = drawingOn({});
  if (!plain.context) return plain;
  if (inSoftware(plain.context)) return { ...plain, inSoftware: true };
  // A graphics card has samples to spare, and a second context costs it little.
  plain.context.getExtension("WEBGL_lose_context")?.loseContext();
  return drawingOn({ antialias: true });
}

function drawingOn(attributes: WebGLContextAttributes): DrawingMeans {
  const canvas = document.createElement("canvas");
  return { canvas, context: canvas.getContext("webgl2", { ...ATTRIBUTES, ...attributes }), inSoftware: false };
}

/** The processor draws: every sample of every pixel counts. */
function inSoftware(context: WebGL2RenderingContext): boolean {
  const named = context.getExtension("WEBGL_debug_renderer_info");
  const name: unknown = context.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : context.RENDERER);
  return SOFTWARE.test(String(name));
}
