import { spawnSync } from "node:child_process";
import t from "tap";
import { namespacePrefix } from "../namespace.ts";
import { buildBenchImage, prepareKernel, problemOf } from "../prepare.ts";
import { soak } from "./soak.ts";

const SECONDS = 8;
const PATIENCE_MS = 20_000;

function whyNot(): string | false {
  const problem = problemOf();
  if (problem !== undefined) return problem;
  const [program, ...prefix] = namespacePrefix(process.getuid?.() ?? 0);
  const { status } = spawnSync(program!, [
    ...prefix,
    "ip",
    "tuntap",
    "add",
    "dev",
    "t0",
    "mode",
    "tap",
  ]);
  return status !== 0 && "a TAP in a network namespace needs root or user namespaces";
}

t.test("a soak whose image goes away ends, and says so", { skip: whyNot() }, async (t) => {
  await prepareKernel((line) => console.error(`# ${line}`));
  const folder = t.testdir({
    "app.ts": `console.log("listening"); setTimeout(() => process.exit(3), 1000);`,
  });
  const image = await buildBenchImage("soak-gone", `${folder}/app.ts`, { memory: "16MB" });
  const order = { image, memoryKib: 16 * 1024, ms: 60_000, patienceMs: 1000 };
  await t.rejects(
    soak(order, () => {}),
    /listening/,
  );
});

t.test(
  "an image under all kinds of requests answers, and its memory stays",
  { skip: whyNot() },
  async (t) => {
    await prepareKernel((line) => console.error(`# ${line}`));
    const image = await buildBenchImage("soak", "bench/image/apps/soak.ts", { memory: "16MB" });
    const order = { image, memoryKib: 16 * 1024, ms: SECONDS * 1000, patienceMs: PATIENCE_MS };
    const end = await soak(order, () => {});
    t.equal(end.failed, 0);
    t.ok(end.answered > 0 && end.brokenOff > 0);
    t.equal(end.isFlat, true, `heap ${end.heapGrowthBytes}, packets ${end.packetGrowthBytes}`);
  },
);
