/** Random bits in QEMU: of the CPU, of a virtio-rng device, of both, and of nothing. */
import t from "tap";
import { createAppBuilder, prepareImages } from "./app-build.ts";
import { boot } from "./qemu.ts";

const skip = await prepareImages();
const APPS = "tests/image/app-fixtures";
const builder = createAppBuilder();
t.teardown(() => builder.dispose());

const NO_ENTROPY = "qemu64,-rdrand,-rdseed";
const DEVICES = {
  microvm: ["-device", "virtio-rng-device", "-global", "virtio-mmio.force-legacy=false"],
  q35: ["-device", "virtio-rng-pci,disable-legacy=on"],
} as const;

for (const machine of ["microvm", "q35"] as const) {
  t.test(`what needs entropy has it of any source (${machine})`, { skip }, async (t) => {
    const { path: kernel } = await builder.build(`${APPS}/random.ts`);
    const firsts = new Set<string>();
    for (const [cpu, extra] of [
      [NO_ENTROPY, DEVICES[machine]],
      [NO_ENTROPY, DEVICES[machine]],
      ["max", DEVICES[machine]],
      ["qemu64,+rdrand", []],
    ] as const) {
      const { output, exitCode } = await boot({ kernel, machine, cpu, extra });
      const first = /drawn 600 (?<first>\w{32})/.exec(output)?.groups?.["first"];
      t.ok(first, `${cpu}: ${output}`);
      firsts.add(first!);
      t.equal(exitCode, 0);
    }
    t.equal(firsts.size, 4, "each start draws others");
  });
}

t.test("without a source, what needs one refuses to start", { skip }, async (t) => {
  for (const app of [`${APPS}/random.ts`, "apps/hello"]) {
    const { path: kernel } = await builder.build(app);
    const { output, exitCode } = await boot({ kernel, cpu: NO_ENTROPY });
    t.match(output, /no source of entropy, and .* needs one: give it a CPU with RDRAND/, app);
    t.notMatch(output, /drawn|\bat \w+ \(/, "no stack trace");
    t.equal(exitCode, 70);
  }
});

t.test("without a source, what needs none runs", { skip }, async (t) => {
  const { path: kernel } = await builder.build(`${APPS}/line.ts`);
  const { output, exitCode } = await boot({ kernel, cpu: NO_ENTROPY });
  t.match(output, "a line true");
  t.equal(exitCode, 0);
});

t.test("an entropy device that never answers holds nothing up for long", { skip }, async (t) => {
  const { path: kernel } = await builder.build(`${APPS}/random.ts`);
  // A backend whose daemon is nobody.
  const extra = [
    ...["-chardev", "null,id=nobody", "-object", "rng-egd,id=none,chardev=nobody"],
    ...["-device", "virtio-rng-device,rng=none"],
    ...["-global", "virtio-mmio.force-legacy=false"],
  ];
  const none = await boot({ kernel, cpu: NO_ENTROPY, extra });
  t.match(none.output, /mmio 0x\w+: it does not answer/);
  t.match(none.output, "no source of entropy");
  t.equal(none.exitCode, 70);
  const other = await boot({ kernel, extra });
  t.match(other.output, "drawn 600");
  t.equal(other.exitCode, 0);
});
