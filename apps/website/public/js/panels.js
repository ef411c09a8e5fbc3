/** Memory, file systems, interfaces, tasks, counters, and the latest requests. */
import { byId, fillRow, list, make, makeRow, reconcile, setText } from "./dom.js";
import { count, duration, memory } from "./format.js";

const HUES = [
  "#0c8d79",
  "#d55c28",
  "#c39a2c",
  "#4f7cac",
  "#9c5d8f",
  "#6f8f3a",
  "#8a6f5a",
  "#5a8f95",
];
const SHOWN_OWNERS = 6;
const SHOWN_TASKS = 14;

/** @param {number} part @param {number} whole */
function share(part, whole) {
  return whole > 0 ? Math.min(1, part / whole) : 0;
}

function createBarRow() {
  const row = make("li", "", make("span", "name"), make("span", "value"));
  row.append(make("div", "bar", make("span")));
  return row;
}

/** @param {HTMLElement} row */
function fillBarRow(row, name, value, part, hue) {
  row.children[0].textContent = name;
  row.children[1].textContent = value;
  const bar = /** @type {HTMLElement} */ (row.children[2].firstElementChild);
  bar.style.width = `${(part * 100).toFixed(2)}%`;
  row.style.setProperty("--hue", hue);
}

/** @param {any} system */
export function showMemory(system) {
  const { totalBytes = 0, usedBytes = 0 } = system?.memory ?? {};
  setText("now-memory", `${memory(usedBytes)} of ${memory(totalBytes)}`);
  const owners = list(system?.memory?.owners)
    .toSorted((left, right) => (right.peakBytes ?? 0) - (left.peakBytes ?? 0))
    .slice(0, SHOWN_OWNERS)
    .map((owner, index) => ({ ...owner, hue: HUES[index % HUES.length] }));
  reconcile(
    byId("memory-meter"),
    owners.filter((owner) => owner.usedBytes > 0),
    (owner) => owner.name,
    () => make("span"),
    (element, owner) => {
      element.style.width = `${share(owner.usedBytes, totalBytes) * 100}%`;
      element.style.background = owner.hue;
      element.title = `${owner.name}: ${memory(owner.usedBytes)}`;
    },
  );
  reconcile(
    byId("memory-owners"),
    owners,
    (owner) => owner.name,
    createBarRow,
    (row, owner) => {
      const value = `${memory(owner.usedBytes)}, peak ${memory(owner.peakBytes)}`;
      fillBarRow(row, owner.name, value, share(owner.peakBytes, owner.limitBytes), owner.hue);
    },
  );
}

/** @param {any} system */
export function showMounts(system) {
  const mounts = list(system?.fs);
  setText("now-fs", `${count(mounts.length)} mounted`);
  reconcile(
    byId("mounts"),
    mounts,
    (mount) => mount.mount,
    createBarRow,
    (row, mount) => {
      const total = mount.totalBytes ?? 0;
      const used = total - (mount.freeBytes ?? 0);
      const files = mount.files > 0 ? `, ${count(mount.files)} files` : "";
      const value =
        total > 0 ? `${memory(used)} of ${memory(total)}${files}` : "a folder of the host";
      const index = mounts.indexOf(mount);
      fillBarRow(
        row,
        `${mount.mount} (${mount.type})`,
        value,
        share(used, total),
        HUES[index % HUES.length],
      );
    },
  );
}

/** @param {any} system */
export function showInterfaces(system) {
  reconcile(
    byId("interfaces"),
    list(system?.interfaces),
    (link) => link.name,
    () => makeRow(["mono", "mono dim", "num", "num", "num", "num"]),
    (row, link) =>
      fillRow(row, [
        link.name,
        link.address || "no address yet",
        count(link.mtuBytes),
        count(link.receivedFrames),
        count(link.sentFrames),
        count(link.drops),
      ]),
  );
}

const COUNTERS = [
  ["segmentsReceived", "segments in"],
  ["segmentsSent", "segments out"],
  ["passiveOpens", "accepted"],
  ["activeOpens", "opened"],
  ["retransmittedSegments", "sent again"],
  ["fastRetransmits", "fast recoveries"],
  ["timeouts", "time-outs"],
  ["resetsSent", "resets sent"],
  ["badSegments", "bad segments"],
  ["challengeAcks", "challenge acks"],
  ["outOfOrderSegments", "out of order"],
  ["synCookiesSent", "SYN cookies"],
];

/** @param {any} system */
export function showCounters(system) {
  const known = COUNTERS.filter(([name]) => system?.tcp?.[name] !== undefined);
  reconcile(
    byId("counters"),
    known,
    ([name]) => name,
    () => make("div", "", make("dt"), make("dd")),
    (element, [name, label]) => {
      element.children[0].textContent = label;
      element.children[1].textContent = count(system.tcp[name]);
    },
  );
}

/** @param {any} system */
export function showTasks(system) {
  const tasks = list(system?.tasks);
  const depths = new Map();
  for (const task of tasks) depths.set(task.id, (depths.get(task.parent) ?? -1) + 1);
  reconcile(
    byId("tasks"),
    tasks.slice(0, SHOWN_TASKS),
    (task) => String(task.id),
    () => {
      const row = makeRow(["mono", "", "num", "num"]);
      row.children[1].append(make("span", "pill"));
      return row;
    },
    (row, task) => {
      const depth = depths.get(task.id) ?? 0;
      const indent = depth === 0 ? "" : `${"\u2003".repeat(depth - 1)}└ `;
      fillRow(row, [`${indent}${task.name}`, undefined, count(task.turns), duration(task.busyUs)]);
      const pill = /** @type {HTMLElement} */ (row.children[1].firstElementChild);
      pill.className = `pill ${task.state}`;
      pill.textContent = task.state;
    },
  );
}

/** @param {any} traffic */
export function showTraffic(traffic) {
  const statuses = list(traffic?.statuses);
  const kinds = [2, 3, 4, 5].filter((kind) => statuses[kind] > 0 || kind === 2);
  reconcile(
    byId("statuses"),
    kinds,
    (kind) => String(kind),
    () => make("span", "", make("b"), make("span")),
    (element, kind) => {
      element.children[0].className = `s${kind}`;
      element.children[0].textContent = count(statuses[kind] ?? 0);
      element.children[1].textContent = ` × ${kind}xx`;
    },
  );
  reconcile(
    byId("recent"),
    list(traffic?.recent).slice(0, 7),
    (request) => String(request.id),
    () => make("li", "", make("span"), make("span", "url"), make("span", "dim")),
    (element, request) => {
      element.children[0].className = `s${Math.trunc(request.status / 100)}`;
      element.children[0].textContent = String(request.status);
      element.children[1].textContent = `${request.method} ${request.url}`;
      element.children[2].textContent = `${request.ms} ms`;
    },
  );
}
