/**
 * A chart over time on a canvas, which moves continuously: the axis runs with the clock, and a new
 * sample slides in from the right.
 *
 * @typedef {{ timeMs: number, [name: string]: number }} Sample
 * @typedef {{ name: string, label: string, color: string, down?: boolean }} Series
 *   `color` is a custom property of the style sheet; a series that is `down` grows downwards.
 * @typedef {{ series: Series[], format: (value: number) => string, floor: number, ceiling?: number }} Options
 *   `floor`: the scale never ends below this value. `ceiling`: it ends there at the latest.
 */

const WINDOW_MS = 75_000;
/** The right edge lies so far in the past that the next sample is there before it is needed. */
const LAG_MS = 1_300;
const KEPT_SAMPLES = 120;
const GUTTER = 62;
const FONT = "11px ui-sans-serif, system-ui, 'DejaVu Sans', sans-serif";

/** @type {Set<TimeChart>} */
const charts = new Set();
let isRunning = false;

/** One frame for all charts; it rests while the page is hidden. */
function run() {
  for (const chart of charts) chart.draw();
  if (document.hidden) isRunning = false;
  else requestAnimationFrame(run);
}

function start() {
  if (isRunning || document.hidden) return;
  isRunning = true;
  requestAnimationFrame(run);
}

document.addEventListener("visibilitychange", start);

export class TimeChart {
  /** @type {Sample[]} */
  #samples = [];
  #offsetMs = -Infinity;
  /** What the whole height stands for. */
  #scale = 0;
  /** The share of the height above the zero line. */
  #up = 0;
  #hoverX = -1;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Options} options
   */
  constructor(canvas, options) {
    this.canvas = canvas;
    this.options = options;
    this.context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    canvas.addEventListener("pointermove", (event) => {
      this.#hoverX = event.offsetX;
    });
    canvas.addEventListener("pointerleave", () => {
      this.#hoverX = -1;
    });
    charts.add(this);
    start();
  }

  /** @param {Sample} sample */
  push(sample) {
    const last = this.#samples.at(-1);
    if (last !== undefined && sample.timeMs <= last.timeMs) return;
    this.#samples.push(sample);
    if (this.#samples.length > KEPT_SAMPLES) this.#samples.shift();
    // The server's clock against ours: what arrived with the least delay knows best.
    this.#offsetMs = Math.max(this.#offsetMs, sample.timeMs - performance.now());
  }

  draw() {
    const { canvas, context } = this;
    const ratio = devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (width === 0) return;
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
    const endMs = performance.now() + this.#offsetMs - LAG_MS;
    const area = this.#layout(width, height, endMs);
    this.#drawGrid(area, style);
    context.save();
    context.beginPath();
    context.rect(0, 0, area.right, height);
    context.clip();
    for (const series of this.options.series) this.#drawSeries(series, area, style);
    context.restore();
    if (this.#hoverX >= 0) this.#drawHover(area, style);
  }

  /** @param {number} width @param {number} height @param {number} endMs */
  #layout(width, height, endMs) {
    const { series, floor, ceiling } = this.options;
    const visible = this.#samples.filter((sample) => sample.timeMs > endMs - WINDOW_MS - 2_000);
    const peaks = { up: floor, down: floor };
    for (const sample of visible) {
      for (const { name, down } of series) {
        const side = down ? "down" : "up";
        peaks[side] = Math.max(peaks[side], sample[name] ?? 0);
      }
    }
    const isMirrored = series.some((one) => one.down);
    const right = width - GUTTER;
    const top = 10;
    const bottom = height - 20;
    // Both directions share one scale; the zero line leaves each the room that it needs.
    const upShare = Math.min(0.75, Math.max(0.25, peaks.up / (peaks.up + peaks.down)));
    const up = isMirrored ? upShare : 1;
    const wanted = isMirrored
      ? Math.max(peaks.up / up, peaks.down / (1 - up)) * 1.06
      : Math.min(ceiling ?? Infinity, peaks.up * 1.08);
    // Scale and zero line ease towards their targets, so that a burst does not make it all jump.
    this.#scale = this.#scale === 0 ? wanted : this.#scale + (wanted - this.#scale) * 0.12;
    this.#up = this.#up === 0 ? up : this.#up + (up - this.#up) * 0.12;
    const zero = top + (bottom - top) * this.#up;
    return {
      right,
      top,
      bottom,
      zero,
      isMirrored,
      visible,
      scale: this.#scale,
      height: bottom - top,
      x: (/** @type {number} */ timeMs) => right - ((endMs - timeMs) / WINDOW_MS) * right,
      endMs,
    };
  }

  /** @param {ReturnType<TimeChart["#layout"]>} area @param {CSSStyleDeclaration} style */
  #drawGrid(area, style) {
    const { context } = this;
    context.font = FONT;
    context.lineWidth = 1;
    context.strokeStyle = style.getPropertyValue("--line");
    context.fillStyle = style.getPropertyValue("--faint");
    context.textBaseline = "middle";
    context.textAlign = "left";
    for (const value of ticks(area.scale, area.isMirrored ? 6 : 4)) {
      for (const side of value === 0 || !area.isMirrored ? [1] : [1, -1]) {
        const y = Math.round(area.zero - (side * value * area.height) / area.scale) + 0.5;
        if (y < area.top - 1 || y > area.bottom + 1) continue;
        context.globalAlpha = value === 0 ? 1 : 0.6;
        line(context, 0, y, area.right, y);
        context.globalAlpha = 1;
        context.fillText(value === 0 ? "0" : this.options.format(value), area.right + 8, y);
      }
    }
    context.textBaseline = "alphabetic";
    context.textAlign = "center";
    const stepMs = area.right < 360 ? 30_000 : 15_000;
    for (let ago = 0; ago < WINDOW_MS; ago += stepMs) {
      const x = area.x(area.endMs - ago);
      if (x < 24 || ago === 0) continue;
      context.fillText(`${ago / 1_000} s ago`, x, area.bottom + 15);
    }
    context.textAlign = "right";
    context.fillText("now", area.right, area.bottom + 15);
  }

  /**
   * @param {Series} series
   * @param {ReturnType<TimeChart["#layout"]>} area
   * @param {CSSStyleDeclaration} style
   */
  #drawSeries(series, area, style) {
    const { context } = this;
    const sign = series.down ? 1 : -1;
    const points = area.visible.map((sample) => ({
      x: area.x(sample.timeMs),
      y: area.zero + sign * Math.min(1, (sample[series.name] ?? 0) / area.scale) * area.height,
    }));
    if (points.length < 2) return;
    const color = style.getPropertyValue(series.color).trim();
    const edge = series.down ? area.bottom : area.top;
    const fill = context.createLinearGradient(0, area.zero, 0, edge);
    fill.addColorStop(0, `${color}08`);
    fill.addColorStop(1, `${color}66`);
    context.beginPath();
    curve(context, points);
    context.strokeStyle = color;
    context.lineWidth = 1.75;
    context.lineJoin = "round";
    context.stroke();
    context.lineTo(points[points.length - 1].x, area.zero);
    context.lineTo(points[0].x, area.zero);
    context.closePath();
    context.fillStyle = fill;
    context.fill();
  }

  /** @param {ReturnType<TimeChart["#layout"]>} area @param {CSSStyleDeclaration} style */
  #drawHover(area, style) {
    const { context } = this;
    let nearest;
    for (const sample of area.visible) {
      const distance = Math.abs(area.x(sample.timeMs) - this.#hoverX);
      if (nearest === undefined || distance < nearest.distance) nearest = { sample, distance };
    }
    if (nearest === undefined) return;
    const { sample } = nearest;
    const x = Math.min(area.right, area.x(sample.timeMs));
    context.strokeStyle = style.getPropertyValue("--faint");
    line(context, x, area.top, x, area.bottom);
    const texts = this.options.series.map(
      ({ name, label }) => `${label} ${this.options.format(sample[name] ?? 0)}`,
    );
    context.font = FONT;
    const boxWidth = Math.max(...texts.map((text) => context.measureText(text).width)) + 16;
    const boxX = x + boxWidth + 12 > area.right ? x - boxWidth - 8 : x + 8;
    context.fillStyle = style.getPropertyValue("--panel");
    context.beginPath();
    context.roundRect(boxX, area.top, boxWidth, texts.length * 16 + 10, 6);
    context.fill();
    context.stroke();
    context.fillStyle = style.getPropertyValue("--ink");
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (const [index, text] of texts.entries()) {
      context.fillText(text, boxX + 8, area.top + 13 + index * 16);
    }
  }
}

/** @param {CanvasRenderingContext2D} context */
function line(context, x1, y1, x2, y2) {
  context.beginPath();
  context.moveTo(x1, y1);
  context.lineTo(x2, y2);
  context.stroke();
}

/**
 * A smooth line that never overshoots its points (monotone cubic interpolation).
 *
 * @param {CanvasRenderingContext2D} context
 * @param {{ x: number, y: number }[]} points In order of x.
 */
function curve(context, points) {
  const slopes = points.map((point, index) => {
    const before = points[index - 1];
    const after = points[index + 1];
    if (before === undefined || after === undefined) return 0;
    const left = (point.y - before.y) / (point.x - before.x);
    const right = (after.y - point.y) / (after.x - point.x);
    if (left * right <= 0) return 0;
    return (2 * left * right) / (left + right);
  });
  context.moveTo(points[0].x, points[0].y);
  for (let index = 1; index < points.length; index++) {
    const from = points[index - 1];
    const to = points[index];
    const third = (to.x - from.x) / 3;
    context.bezierCurveTo(
      from.x + third,
      from.y + slopes[index - 1] * third,
      to.x - third,
      to.y - slopes[index] * third,
      to.x,
      to.y,
    );
  }
}

/** Round values from 0 to below `scale`. @param {number} scale @param {number} wanted */
function ticks(scale, wanted) {
  const rough = scale / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= rough) ?? rough;
  const values = [];
  for (let value = 0; value <= scale; value += step) values.push(value);
  return values;
}
