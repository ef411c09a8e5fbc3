/** The dashboard: follows the feed, and shows each snapshot. Whatever a snapshot lacks is a dash. */
import { TimeChart } from "./chart.js";
import { showConnections } from "./connections.js";
import { byId, list, setText } from "./dom.js";
import { follow } from "./feed.js";
import { bits, count, percent, rate, uptime } from "./format.js";
import {
  showCounters,
  showInterfaces,
  showMemory,
  showMounts,
  showTasks,
  showTraffic,
} from "./panels.js";
import { animatePath } from "./path.js";
import { bindStir } from "./stir.js";

/** @param {string} id @param {import("./chart.js").Options} options */
function chart(id, options) {
  return new TimeChart(/** @type {HTMLCanvasElement} */ (byId(id)), options);
}

const charts = [
  chart("chart-throughput", {
    series: [
      { name: "receivedBytes", label: "received", color: "--in" },
      { name: "sentBytes", label: "sent", color: "--out", down: true },
    ],
    format: rate,
    floor: 4_000,
  }),
  chart("chart-requests", {
    series: [{ name: "requests", label: "requests/s", color: "--in" }],
    format: count,
    floor: 4,
  }),
  chart("chart-busy", {
    series: [{ name: "busy", label: "busy", color: "--out" }],
    format: percent,
    floor: 0.02,
    ceiling: 1,
  }),
];

const setPathRates = animatePath(byId("path"));
bindStir();

/** "v8 13.6.233.17-node.53" is "v8 13.6". @param {unknown} engine */
function shortEngine(engine) {
  return /^\S+ \d+(?:\.\d+)?/.exec(String(engine ?? ""))?.[0] ?? "–";
}

/** @param {import("./feed.js").Snapshot} snapshot */
function show({ sample, traffic, system, history }) {
  for (const past of list(history)) for (const one of charts) one.push(past);
  if (sample) for (const one of charts) one.push(/** @type {any} */ (sample));
  const platform = system?.platform ?? {};
  const link = list(system?.interfaces).find((one) => !String(one.address).startsWith("127."));
  setText("fact-platform", [platform.name, platform.arch].filter(Boolean).join(", ") || "–");
  setText("fact-engine", shortEngine(platform.engine));
  setText("fact-address", link?.address || "–");
  setText("fact-uptime", uptime(system?.uptimeUs));
  const { receivedBytes, sentBytes, receivedFrames, sentFrames } = sample ?? {};
  setText("now-in", rate(receivedBytes));
  setText("now-out", rate(sentBytes));
  setText("now-requests", count(sample?.requests));
  setText("now-busy", percent(sample?.busy));
  setText("now-turns", count(sample?.turns));
  const [volume, unit] = bits((receivedBytes ?? 0) + (sentBytes ?? 0));
  setText("path-you", count(traffic?.viewers));
  setText("path-link-name", link?.name ?? "eth0");
  setText("path-link", count((receivedFrames ?? 0) + (sentFrames ?? 0)));
  setText("path-ip", volume);
  setText("path-ip-unit", unit);
  setText("path-tcp", count(system?.connectionCount));
  setText("path-http", count(sample?.requests));
  setText("path-app", percent(sample?.busy));
  setPathRates(receivedFrames ?? 0, sentFrames ?? 0);
  showConnections(system, sentBytes ?? 0);
  showMemory(system);
  showMounts(system);
  showInterfaces(system);
  showCounters(system);
  showTasks(system);
  showTraffic(traffic);
}

void follow(show, (state) => {
  byId("status").dataset.state = state;
  setText("status-text", state === "live" ? "live" : "no connection");
});
