/** Probes: what must never succeed is stopped by the CPU, reported, and ends the image. */
import t from "tap";
import { bundleApp } from "./bundle.ts";
import { prepareKernel } from "./kernel-build.ts";
import { boot } from "./qemu.ts";

const build = await prepareKernel();
const skip = "skip" in build ? build.skip : false;
const kernel = "kernel" in build ? build.kernel : "";
const payload = skip === false ? await bundleApp("probe") : "";
const TRAP_EXIT_CODE = 71;

for (const [kind, report] of [
  ["write-code", /cannot write 0x\w+ \(the kernel's code, which is read-only\)/],
  ["write-constant", /cannot write 0x\w+ \(the kernel's constants, which are read-only\)/],
  ["execute-data", /cannot execute 0x\w+ \(memory, which cannot be executed\)/],
  ["read-null", /cannot read 0x8 \(the null page\)/],
  ["write-null", /cannot write 0x8 \(the null page\)/],
  ["read-unmapped", /cannot read 0x400000000000 \(not mapped\)/],
  ["overflow-stack", /cannot write 0x\w+ \(the guard of the main stack: it overflowed\)/],
] as const) {
  t.test(`${kind} is stopped and reported`, { skip }, async (t) => {
    const { output, exitCode } = await boot({
      kernel,
      payload,
      commandLine: `probes kind=${kind}`,
    });
    t.match(output, report);
    t.match(output, /vector 14 error 0x\w+ at rip 0x\w+/);
    t.match(output, /rax 0x\w+ rbx/);
    t.match(output, /at innerFunction \(app\.js:\d+\)\s+at outerFunction \(app\.js:\d+\)/);
    t.notMatch(output, "not stopped");
    t.equal(exitCode, TRAP_EXIT_CODE);
  });
}

const DRIVER = `
  const { dma, dmaBytes, packetBytes } = machine;
  const [pool, other] = [dma.openPool(), dma.openPool()];
  const [own, foreign] = [dma.allocate(pool, 4096, 4096), dma.allocate(other, 4096, 4096)];
  const table = dma.createTable(pool, 4);
  function brokenDriver(offset, length) { dma.describe(table, 0, offset, length, 0); }
  brokenDriver(own, 4096);`;

for (const [what, call] of [
  ["memory of nobody", "brokenDriver(0, 4096)"],
  ["memory of another driver", "brokenDriver(foreign, 16)"],
  ["more than its own", "brokenDriver(own, 4097)"],
  ["memory outside of packet memory", "brokenDriver(packetBytes.length - 8, 16)"],
  ["the kernel's memory", "brokenDriver(2 ** 31, 4096)"],
  ["it for a register", "dma.address(pool, foreign, 16)"],
] as const) {
  t.test(`a driver that sends its device to ${what} is stopped`, { skip }, async (t) => {
    const { output, exitCode } = await boot({ kernel, payload: `${DRIVER}\n${call};` });
    t.match(output, "RangeError: the range is neither the driver's nor the system's");
    if (call.startsWith("broken")) t.match(output, /at brokenDriver \(app\.js:\d+/);
    t.equal(exitCode, 1);
  });
}

t.test("a bug in the kernel is reported with the JavaScript stack", { skip }, async (t) => {
  const { output, exitCode } = await boot({ kernel, payload, commandLine: "probes kind=panic" });
  t.match(output, /panicked at src\/binding\/probe\.rs/);
  t.match(output, /at outerFunction/);
  t.equal(exitCode, 72);
});

t.test("a failure may reset or halt instead", { skip }, async (t) => {
  const commandLine = "probes kind=write-null on-failure=";
  const reset = await boot({ kernel, payload, commandLine: `${commandLine}reset` });
  t.equal(reset.exitCode, 0, "QEMU ends at a reset, for -no-reboot");
  const halt = await boot({
    kernel,
    payload,
    commandLine: `${commandLine}halt`,
    until: "libos: halted",
  });
  t.match(halt.output, "libos: halted");
  t.equal(halt.exitCode, undefined, "it was still there when it was killed");
});

t.test("probes are refused unless the command line allows them", { skip }, async (t) => {
  const { output, exitCode } = await boot({ kernel, payload, commandLine: "kind=write-code" });
  t.match(output, "not stopped: Error: probes are off");
  t.equal(exitCode, 0);
});
