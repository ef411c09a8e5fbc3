import t from "tap";
import { parseBenchArguments } from "./arguments.ts";
import { floorOf } from "./floors.ts";
import { reportJson, short, tableLines, type Report } from "./table.ts";

const report: Report = {
  machine: {
    cpu: "a CPU",
    cores: 2,
    memoryGiB: 8,
    system: "Linux 6, x64",
    node: "v24.0.0",
    v8: "13",
    load: 0,
  },
  startedAt: "2026-01-01T00:00:00.000Z",
  quick: false,
  rows: [
    {
      suite: "tcp",
      name: "bulk-64k",
      unit: "Gbit/s",
      ours: [30, 40, 50],
      peer: "smoltcp",
      theirs: [100, 100, 100],
    },
    { suite: "fs", name: "stat", unit: "ops/s", ours: [1e6], peer: "node:fs", theirs: [2e5] },
  ],
  skips: [{ suite: "http", what: "everything", reason: "wrk is missing" }],
};

t.test("the table aligns its columns and names the floor and what lies below it", async (t) => {
  const lines = tableLines(report);
  const bulk = lines.find((line) => line.startsWith("tcp bulk-64k")) ?? "";
  t.match(
    bulk,
    /smoltcp +Gbit\/s +40\.0 +30\.0\.\.50\.0 +100 +100\.\.100 +0\.40 .* 0\.5 \(below\)$/,
  );
  const stat = lines.find((line) => line.startsWith("fs stat")) ?? "";
  t.match(stat, /1\.00 M .* 200 k .* 5\.00 .* -$/);
  t.equal(bulk.indexOf("smoltcp"), stat.indexOf("node:fs"));
  t.ok(lines.includes("not measured: http everything: wrk is missing"));
});

t.test("the JSON has every round, the medians, the ratio and the floor", async (t) => {
  const [row] = (JSON.parse(reportJson(report)) as { rows: unknown[] }).rows;
  t.match(row, {
    name: "bulk-64k",
    ours: { median: 40, min: 30, max: 50 },
    rounds: { ours: [30, 40, 50] },
    ratio: { median: 0.4 },
    floor: { ratio: 0.5 },
  });
});

t.test("figures keep three digits that count", async (t) => {
  t.same([0.0123, 0.5, 9.999, 52.34, 99.96, 999.6, 61_234, 999_600, 4.03e6].map(short), [
    "0.012",
    "0.500",
    "10.0",
    "52.3",
    "100",
    "1.00 k",
    "61.2 k",
    "1.00 M",
    "4.03 M",
  ]);
});

t.test("each row of the plan has its floor, and no other row has one", async (t) => {
  t.equal(floorOf("tcp", "bulk-mtu1500", "smoltcp")?.ratio, 0.15);
  t.equal(floorOf("tcp", "net pingpong-64", "node:net")?.ratio, 3);
  t.equal(floorOf("http", "hello, 16 connections", "node:http")?.ratio, 0.4);
  t.equal(floorOf("fs", "promises stat", "memfs")?.ratio, 1);
  t.equal(floorOf("fs", "promises stat", "node:fs"), undefined);
});

t.test("--json takes a file or stands alone, and an unknown flag is refused", async (t) => {
  t.match(parseBenchArguments(["--json", "a.json", "--quick"]), { json: "a.json", quick: true });
  t.match(parseBenchArguments(["--json"]), { json: "-" });
  t.match(parseBenchArguments(["--json", "--only", "tcp", "--only", "fs"]), {
    json: "-",
    only: ["tcp", "fs"],
  });
  t.match(parseBenchArguments(["--fast"]), /--fast/);
});

t.test(
  "a side that was not measured is a dash, and nothing at all is infinitely little",
  async (t) => {
    const common = { suite: "image", unit: "x", better: "lower", peer: "Linux, Node" } as const;
    const rows = [
      { ...common, name: "memory", ours: [9], theirs: [Number.NaN] },
      { ...common, name: "idle", ours: [0], theirs: [20] },
    ];
    const lines = tableLines({ ...report, rows });
    t.match(
      lines.find((line) => line.startsWith("image memory")),
      /9\.00 .* - +-\.\.- +- +-\.\.- +-$/,
    );
    t.match(
      lines.find((line) => line.startsWith("image idle")),
      / inf +inf\.\.inf +-$/,
    );
  },
);
