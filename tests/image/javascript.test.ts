/** JavaScript in the image: errors, memory, stack, promises, time, and the machine that it sees. */
import t from "tap";
import { bundleApp } from "./bundle.ts";
import { prepareKernel } from "./kernel-build.ts";
import { boot } from "./qemu.ts";

const build = await prepareKernel();
const skip = "skip" in build ? build.skip : false;
const kernel = "kernel" in build ? build.kernel : "";

t.test("the engine survives what it must, and computes as V8 does", { skip }, async (t) => {
  const payload = await bundleApp("language");
  const { output, exitCode } = await boot({ kernel, payload, commandLine: "heap=8M" });
  for (let round = 1; round <= 3; round++) {
    t.match(output, `memory ${round}: InternalError: out of memory`);
    t.match(output, `stack ${round}: RangeError: Maximum call stack size exceeded`);
  }
  t.match(output, /big: (?:RangeError|InternalError)/);
  t.match(output, /string: \w+Error/);
  t.match(output, "regexp: 11/2026-20");
  t.match(output, "cycles: collected");
  t.match(output, `math: ${Math.sin(1)} 5 ${2 ** 0.5} ${Math.atan2(1, -1)} -1`);
  t.match(output, `numbers: ${0.1 + 0.2} 1e+21 5e-324 ff 1.25e-7`);
  t.match(output, `json: ${JSON.stringify([1.5, 0, 1e300, 0.1, "\u00e9"]).length}`);
  t.match(output, "date: 2026-11-20T12:34:56.000Z");
  t.match(output, "local: 0 0");
  t.match(output, "error: TypeError: cannot read property 'x' of undefined");
  t.match(output, "seed: false");
  t.match(output, "promises: synchronous reaction continuation rejected fulfilled");
  t.equal(exitCode, 0, output);
});

t.test("recursion of every kind ends in an error that is caught", { skip }, async (t) => {
  const payload = await bundleApp("recursion");
  const { output, exitCode } = await boot({ kernel, payload, memoryMib: 64 });
  t.match(output, /\d\d kinds of recursion, all caught/);
  t.equal(exitCode, 0, output);
});

t.test("however little memory there is, nothing breaks when it runs out", { skip }, async (t) => {
  const payload = await bundleApp("exhaustion");
  for (const heap of ["200K", "260K", "333K", "400K", "517K", "777K", "1300K"]) {
    const { output, exitCode } = await boot({ kernel, payload, commandLine: `heap=${heap}` });
    // Caught, told as an uncaught error, refused at the start, ended for good: never a trap.
    t.ok([0, 1, 70, 73].includes(exitCode ?? -1), `${heap}: ${output}`);
    t.match(output, /memory|exhausted 20 times/, heap);
  }
});

t.test("whatever runs out of memory, the same error is thrown", { skip }, async (t) => {
  const payload = await bundleApp("out-of-memory");
  const { output, exitCode } = await boot({ kernel, payload, commandLine: "heap=1M" });
  for (const what of ["properties", "normalize", "pattern"]) {
    t.match(output, `${what}: InternalError: out of memory\n`);
  }
  t.equal(exitCode, 0, output);
});

t.test("a full heap is told to whoever can do with it", { skip }, async (t) => {
  const payload = await bundleApp("full-heap");
  for (const heap of ["700K", "8M"]) {
    const { output, exitCode } = await boot({ kernel, payload, commandLine: `heap=${heap}` });
    for (const name of ["PEER", "APPLICATION"]) {
      t.match(output, `${name}: InternalError: out of memory, noted before: true`);
      t.match(output, `${name}: full afterwards: 0`);
    }
    t.match(output, "a peer's work is told earlier: true");
    // The system's own work is never told: the image ends with a report.
    t.match(output, /libos: out of memory: JavaScript uses \d+ KiB of the \d+ KiB[^]*at fill /);
    t.equal(exitCode, 73, output);
  }
});

t.test("an idle image sleeps", { skip }, async (t) => {
  const payload = await bundleApp("idle");
  const { output, exitCode, cpuMs } = await boot({ kernel, payload });
  t.equal(exitCode, 0, output);
  t.match(output, /woke [1-4] times in 3\d{6} us/);
  t.ok(cpuMs < 1500, `QEMU used ${cpuMs} ms of CPU in 3 seconds of sleep`);
});

t.test("errors that nobody catches are reported with their stack", { skip }, async (t) => {
  for (const [payload, report] of [
    ["function f() { throw new Error('one'); }\nf();", /Error: one\n +at f \(app\.js:1/],
    ["await 0; null.x;", /TypeError: cannot read property 'x' of null/],
    ["Promise.reject(new Error('two'));", /nobody handled it:\nError: two/],
    ["machine.onPoll(() => { throw 3; });", /nobody caught:\n3/],
    ["let x = ;", /SyntaxError/],
  ] as const) {
    const { output, exitCode } = await boot({ kernel, payload });
    t.match(output, report);
    t.equal(exitCode, 1, payload);
  }
});

t.test("a rejection that is handled later is none", { skip }, async (t) => {
  const payload = "const p = Promise.reject(1); await 0; p.catch(() => machine.power.off(5));";
  t.equal((await boot({ kernel, payload })).exitCode, 5);
});

t.test("the watchdog ends an endless loop, also one that catches", { skip }, async (t) => {
  const payload = "for (;;) try { for (;;); } catch {}";
  const { output, exitCode } = await boot({ kernel, payload, commandLine: "watchdog=100" });
  t.match(output, /the watchdog ends a turn that ran for \d{3,} ms/);
  t.equal(exitCode, 1);
});

t.test("a profile names the functions in which time was spent", { skip }, async (t) => {
  const payload = `function quick() { return 1; }
    function slow() { let sum = 0; for (let i = 0; i < 200000; i++) sum += i; return sum; }
    machine.onPoll(() => { quick(); machine.power.off(slow() & 3); });
    slow();`;
  const { output, exitCode } = await boot({ kernel, payload, commandLine: "profile=3" });
  t.match(output, /profile of loading[^]* 1 +\d+  slow \(app\.js:2:\d+\)[^]*profile of running/);
  t.match(output, /profile of running[^]*\n +\d\d\.\d[^\n]* 1 +\d+  slow \(app\.js:2:\d+\)/);
  t.equal(exitCode, 0, output);
  t.notMatch((await boot({ kernel, payload })).output, /profile/);
});

t.test("the timer is never early, the clock keeps pace, input arrives", { skip }, async (t) => {
  const payload = await bundleApp("time");
  const started = Date.now();
  const { output, exitCode } = await boot({ kernel, machine: "pc", payload, input: "abc\n" });
  const groups = /wall (?<at>\d+)\s+slept (?<slept>\d+) us, wall (?<wall>\d+) us, early 0/.exec(
    output,
  )?.groups;
  t.ok(groups, output);
  const [at, slept, wall] = ["at", "slept", "wall"].map((name) => Number(groups?.[name]));
  t.ok(Math.abs(at! * 1000 - started) < 15_000, "the wall clock is right");
  t.ok(slept! >= 100_000 && slept! < 5_000_000, `slept ${slept}`);
  // Whoever interrupts QEMU between two readings is seen here.
  t.ok(Math.abs(slept! - wall!) < 100_000, "both clocks advance alike");
  t.match(output, "typed abc");
  t.equal(exitCode, 0);
});

for (const machine of ["pc", "q35", "microvm"] as const) {
  t.test(`${machine} offers its hardware, and refuses the rest`, { skip }, async (t) => {
    const payload = await bundleApp("machine");
    // A microvm's firmware names those slots that have a device.
    const device = ["-device", "virtio-rng-device", "-global", "virtio-mmio.force-legacy=false"];
    const extra = machine === "microvm" ? device : [];
    const { output, exitCode } = await boot({ kernel, machine, payload, extra });
    const expected = {
      pc: ["pci 256", "host bridge 8086:1237", "virtio 0"],
      q35: ["pci 4096", "host bridge 8086:29c0", "virtio 0"],
      microvm: ["pci 0", "virtio 1", "magic 74726976 line 47", "mmio behind RangeError"],
    }[machine];
    const refused = [
      "mmio of the kernel",
      "mmio unmapped",
      "mmio of memory",
      "mmio of null",
      "dma outside",
      "line",
    ];
    for (const line of expected) t.match(output, line);
    for (const what of refused) t.match(output, `${what} RangeError`);
    // Two pages at a multiple of 64 KiB, as an offset and as an address, and one that is none of them.
    const dma = /dma (?<offset>\d+) 0\ndma twice (?<second>\d+)\n/.exec(output)?.groups;
    const [offset, second] = [Number(dma?.["offset"]), Number(dma?.["second"])];
    t.equal(offset % 65_536, 0);
    t.equal(second % 4096, 0);
    t.ok(second < offset || second >= offset + 8192, `${second} beside ${offset}`);
    t.match(output, "dma all -1\n");
    t.match(output, "dma not its own RangeError");
    t.match(output, "port of the kernel RangeError");
    t.match(output, "port value RangeError");
    t.match(output, /message fee00000 \d+/);
    t.match(output, "messages 64");
    t.match(output, "entropy true");
    t.match(output, "wrong arguments TypeError");
    t.equal(exitCode, 0, output);
  });
}

for (const [machine, commandLine] of [
  ["pc", "wire"],
  ["pc", ""],
  ["q35", "wire"],
  ["q35", ""],
] as const) {
  const how = commandLine === "" ? "messages" : "a wire";
  t.test(
    `a driver works on ${machine}: registers, DMA, interrupts by ${how}`,
    { skip },
    async (t) => {
      const payload = await bundleApp("edu");
      const extra = ["-device", "edu"];
      const { output, exitCode } = await boot({ kernel, machine, payload, commandLine, extra });
      t.match(output, "id 10000ed");
      t.match(output, "liveness edcba987");
      t.match(output, "factorial 3628800");
      t.match(output, "copied true 231");
      t.match(output, "interrupts 54");
      t.equal(exitCode, 0, output);
    },
  );
}

t.test("native helpers for text agree with the language", { skip }, async (t) => {
  const { output, exitCode } = await boot({ kernel, payload: await bundleApp("text") });
  t.match(output, "text is right");
  t.equal(exitCode, 0, output);
});

t.test("without a source of entropy the image says so", { skip }, async (t) => {
  const payload = await bundleApp("machine");
  const { output } = await boot({ kernel, payload, cpu: "qemu64,-rdrand,-rdseed" });
  t.match(output, "entropy false");
});

t.test("the contract suite holds inside the image", { skip }, async (t) => {
  const payload = await bundleApp("contract");
  const { output, exitCode } = await boot({
    kernel,
    payload,
    commandLine: "packet=264K",
  });
  t.notMatch(output, /not ok/);
  t.match(output, /\d\d passed, 0 failed/);
  t.equal(exitCode, 0, output);
});
