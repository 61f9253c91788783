// Whether this browser draws in 3D. Asked early: it also wakes the graphics process while scripts are still coming.
let answer: boolean | undefined;

export function canDraw(): boolean {
  if (answer === undefined) {
    const context = document.createElement("canvas").getContext("webgl2");
    context?.getExtension("WEBGL_lose_context")?.loseContext();
    answer = context !== null;
  }
  return answer;
}
