/** The table of connections, each with a small chart of its own. */
import { byId, fillRow, list, make, makeRow, reconcile, setText } from "./dom.js";
import { bytes, count, duration } from "./format.js";

const SHOWN = 40;
const SPARK_SAMPLES = 40;
const SPARK_WIDTH = 120;
const SPARK_HEIGHT = 24;
const SVG = "http://www.w3.org/2000/svg";
const CLASSES = ["", "mono", "mono dim", "num", "num", "num", "num", "num", "num", ""];

/** @type {Map<string, { sent: number, received: number, uptimeUs: number, in: number[], out: number[] }>} */
let tracks = new Map();

/** @param {any} connection */
function keyOf(connection) {
  return `${connection.remote} ${connection.local}`;
}

/** @param {any} connection @param {number} uptimeUs */
function track(connection, uptimeUs) {
  const sent = connection.bytesSent ?? 0;
  const received = connection.bytesReceived ?? 0;
  const before = tracks.get(keyOf(connection));
  const trace = before ?? { sent, received, uptimeUs, in: [], out: [] };
  const seconds = (uptimeUs - trace.uptimeUs) / 1e6;
  if (seconds > 0.2) {
    trace.in.push(Math.max(0, received - trace.received) / seconds);
    trace.out.push(Math.max(0, sent - trace.sent) / seconds);
    if (trace.in.length > SPARK_SAMPLES) {
      trace.in.shift();
      trace.out.shift();
    }
    Object.assign(trace, { sent, received, uptimeUs });
  }
  return trace;
}

function makeSpark() {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "spark");
  svg.setAttribute("viewBox", `0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  for (const name of ["out", "in"]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", name);
    svg.append(path);
  }
  return svg;
}

/** @param {number[]} values @param {number} peak */
function sparkPath(values, peak) {
  const step = SPARK_WIDTH / (SPARK_SAMPLES - 1);
  const first = SPARK_SAMPLES - values.length;
  return values
    .map((value, index) => {
      // Square root: a page load is visible beside a download.
      const height = Math.sqrt(value / peak) * (SPARK_HEIGHT - 2);
      const x = ((first + index) * step).toFixed(1);
      return `${index === 0 ? "M" : "L"}${x} ${(SPARK_HEIGHT - 1 - height).toFixed(1)}`;
    })
    .join("");
}

/** @param {string} state */
function pillClass(state) {
  if (state === "ESTABLISHED") return "pill established";
  return state === "LISTEN" ? "pill" : "pill closing";
}

function createRow() {
  const row = makeRow(CLASSES);
  row.children[0].append(make("span"));
  row.children[9].append(makeSpark());
  return row;
}

/** Established connections first, listeners last. @param {any} connection */
function rank(connection) {
  if (connection.state === "ESTABLISHED") return 0;
  return connection.state === "LISTEN" ? 2 : 1;
}

/** @param {any} system @param {number} linkBytesPerSecond */
export function showConnections(system, linkBytesPerSecond) {
  const all = list(system?.connections);
  const total = system?.connectionCount ?? all.length;
  const listening = all.filter((one) => one.state === "LISTEN").length;
  setText("now-connections", `${count(total)} open, ${count(listening)} listening`);
  const fresh = new Map();
  for (const connection of all) {
    fresh.set(keyOf(connection), track(connection, system?.uptimeUs ?? 0));
  }
  tracks = fresh;
  const shown = all.toSorted((left, right) => rank(left) - rank(right)).slice(0, SHOWN);
  const peak = Math.max(
    20_000,
    linkBytesPerSecond,
    ...[...fresh.values()].flatMap((one) => one.out),
  );
  reconcile(byId("connections"), shown, keyOf, createRow, (row, connection) => {
    const pill = /** @type {HTMLElement} */ (row.children[0].firstElementChild);
    const state = String(connection.state ?? "–");
    pill.className = pillClass(state);
    pill.textContent = state.toLowerCase();
    const isListener = state === "LISTEN";
    fillRow(row, [
      undefined,
      isListener ? "anyone" : connection.remote,
      connection.local,
      duration(connection.srttUs),
      isListener ? "–" : bytes(connection.cwndBytes),
      isListener ? "–" : bytes(connection.sendWindowBytes),
      isListener ? "–" : bytes(connection.bytesReceived),
      isListener ? "–" : bytes(connection.bytesSent),
      isListener ? "–" : count(connection.retransmits),
      undefined,
    ]);
    const trace = tracks.get(keyOf(connection));
    const [out, inward] = /** @type {Element} */ (row.children[9].firstElementChild).children;
    out.setAttribute("d", isListener || !trace ? "" : sparkPath(trace.out, peak));
    inward.setAttribute("d", isListener || !trace ? "" : sparkPath(trace.in, peak));
  });
}
