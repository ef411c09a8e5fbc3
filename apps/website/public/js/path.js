/** The way of a frame: dots that run behind the stations, in both directions, as often as frames do. */

const SPEED = 210;
const MAX_DOTS = 160;
const LANE = 9;

/**
 * @param {HTMLElement} section With a canvas and a list of stations.
 * @returns {(framesIn: number, framesOut: number) => void} Tells how many frames a second there are.
 */
export function animatePath(section) {
  const canvas = /** @type {HTMLCanvasElement} */ (section.querySelector("canvas"));
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {{ x: number, isIn: boolean, size: number }[]} */
  let dots = [];
  const rates = { in: 0, out: 0 };
  const due = { in: 0, out: 0 };
  let beforeMs = performance.now();

  /** Dots a second for frames a second: a trickle is seen one by one, a flood stays readable. */
  const density = (/** @type {number} */ frames) =>
    frames <= 0 ? 0 : Math.log2(1 + frames) * 1.15;

  const spawn = (
    /** @type {boolean} */ isIn,
    /** @type {number} */ seconds,
    /** @type {number} */ width,
  ) => {
    const lane = isIn ? "in" : "out";
    due[lane] += density(rates[lane]) * seconds;
    while (due[lane] >= 1) {
      due[lane] -= 1;
      if (dots.length >= MAX_DOTS) continue;
      const jitter = Math.random() * 14;
      dots.push({ x: isIn ? -jitter : width + jitter, isIn, size: isIn ? 2.4 : 3 });
    }
  };

  const draw = () => {
    requestAnimationFrame(draw);
    const nowMs = performance.now();
    const seconds = Math.min(0.1, (nowMs - beforeMs) / 1_000);
    beforeMs = nowMs;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (document.hidden || width === 0 || height === 0) return;
    const ratio = devicePixelRatio || 1;
    if (
      canvas.width !== Math.round(width * ratio) ||
      canvas.height !== Math.round(height * ratio)
    ) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const style = getComputedStyle(canvas);
    const middle = height / 2;
    context.fillStyle = style.getPropertyValue("--line");
    context.fillRect(0, middle - LANE - 0.5, width, 1);
    context.fillRect(0, middle + LANE - 0.5, width, 1);
    if (calm.matches) return;
    spawn(true, seconds, width);
    spawn(false, seconds, width);
    const colors = { in: style.getPropertyValue("--in"), out: style.getPropertyValue("--out") };
    dots = dots.filter((dot) => dot.x > -20 && dot.x < width + 20);
    for (const dot of dots) {
      dot.x += (dot.isIn ? 1 : -1) * SPEED * seconds;
      context.fillStyle = dot.isIn ? colors.in : colors.out;
      context.beginPath();
      context.roundRect(
        dot.x - 5,
        middle + (dot.isIn ? -LANE : LANE) - dot.size,
        10,
        dot.size * 2,
        3,
      );
      context.fill();
    }
  };
  requestAnimationFrame(draw);
  return (framesIn, framesOut) => {
    rates.in = framesIn || 0;
    rates.out = framesOut || 0;
  };
}
