/** What an image offers under Node's names, and packages over it, answer as in Node. */
import { execFileSync, spawnSync } from "node:child_process";
import { join } from "node:path";
import t from "tap";
import { prepareImages } from "./app-build.ts";
import { ROOT, startCommand } from "./command.ts";

const skip = await prepareImages();

for (const [what, name, count] of [
  ["modules and globals of Node answer in an image as in Node", "node-modules.ts", 100],
  ["fs-extra and ws do the same in an image as in Node", "node-packages.mjs", 7],
] as const) {
  t.test(what, { skip }, async (t) => {
    const app = `tests/image/app-fixtures/${name}`;
    const command = startCommand("run", "-t", "qemu", app, "-M", "q35");
    const expected = execFileSync(process.execPath, [join(ROOT, app)], { encoding: "utf8" });
    t.equal(await command.ended, 0, command.output());
    const lines = expected.split("\n");
    t.ok(lines.length > count);
    t.same(command.stdout().split("\n"), lines);
  });
}

for (const [what, ...values] of [
  ["beforeExit is emitted when nothing is held, again after what that has begun, as in Node"],
  ["a top-level await that never settles ends an image with 13, as in Node", "never"],
] as const) {
  t.test(what, { skip }, async (t) => {
    const app = "tests/image/app-fixtures/idle.ts";
    const command = startCommand("run", "-t", "qemu", app, "--", ...values);
    const expected = spawnSync(process.execPath, [join(ROOT, app), ...values], {
      encoding: "utf8",
    });
    t.equal(await command.ended, expected.status, command.output());
    const waits = "libos: the application waits for something that never comes: top-level await";
    const lines = command.stdout().split("\n");
    t.equal(lines.includes(waits), values.length > 0);
    t.same(
      lines.filter((line) => line !== waits),
      expected.stdout.split("\n"),
    );
  });
}
