/** Applications in little memory; `node scripts/image-memory.ts` finds the smallest. */
import t from "tap";
import { createSiege } from "../../scripts/image-memory/siege.ts";
import { worksIn } from "../../scripts/image-memory/trial.ts";
import { createAppBuilder, prepareImages } from "./app-build.ts";

const skip = await prepareImages();
const builder = createAppBuilder();
t.teardown(() => builder.dispose());

const CASES = [
  { entry: "tests/image/app-fixtures/hello.ts", memoryMib: 2.5, port: undefined, connections: 0 },
  { entry: "bench/image/apps/hello.ts", memoryMib: 3.5, port: 80, connections: 1 },
  { entry: "apps/website", memoryMib: 5.25, port: 80, connections: 64 },
] as const;

for (const { entry, memoryMib, port, connections } of CASES) {
  const what = port === undefined ? "" : ` with ${connections} connections kept open`;
  t.test(`${entry} works in ${memoryMib} MiB${what}`, { skip }, async (t) => {
    const { path } = await builder.build(entry);
    const trial = { imagePath: path, machine: "microvm", port, connections };
    const { works, reason } = await worksIn(trial, memoryMib * 1024);
    t.ok(works, reason);
  });
}

t.test("too little memory is told with what is needed", { skip }, async (t) => {
  const { path } = await builder.build("tests/image/app-fixtures/hello.ts");
  const trial = { imagePath: path, machine: "microvm", port: undefined, connections: 0 };
  const { works, reason } = await worksIn(trial, 1536);
  t.notOk(works);
  t.match(reason, /too little memory: .*(?:more are needed|must reach to)/);
});

t.test("a website of 8 MiB outlives clients that want all of its memory", { skip }, async (t) => {
  const { path } = await builder.build("apps/website");
  const trial = { imagePath: path, machine: "microvm", port: 80, connections: 0 };
  const { works, reason, output } = await worksIn(trial, 8 * 1024, "", createSiege(1));
  t.ok(works, reason, { output });
});
