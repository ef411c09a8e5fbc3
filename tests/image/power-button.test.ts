/** The ACPI power button, pressed in QEMU's monitor: fixed registers, and the generic event device. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { bundleApp } from "./bundle.ts";
import { prepareKernel } from "./kernel-build.ts";
import { boot } from "./qemu.ts";

const build = await prepareKernel();
const skip = "skip" in build ? build.skip : false;
const kernel = "kernel" in build ? build.kernel : "";
const RETRY_MS = 200;

/** Presses again until the machine is gone: the first time it may not listen yet. */
function press(path: string): () => void {
  const timer = setInterval(() => {
    const monitor = connect(path);
    monitor.on("error", () => {});
    monitor.end("system_powerdown\n");
  }, RETRY_MS);
  return () => clearInterval(timer);
}

for (const machine of ["pc", "q35", "microvm"] as const) {
  t.test(`the power button of ${machine} asks the image to end`, { skip }, async (t) => {
    // The path of a socket has at most 107 characters.
    const folder = mkdtempSync(join(tmpdir(), "libos-"));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "monitor");
    const stop = press(path);
    const { output, exitCode } = await boot({
      kernel,
      machine,
      payload: await bundleApp("button"),
      extra: ["-monitor", `unix:${path},server=on,wait=off`],
    });
    stop();
    t.match(output, "the button");
    t.equal(exitCode, 9, output);
  });
}
