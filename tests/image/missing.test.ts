/** Machines that lack what an application expects: each is told in one line. */
import t from "tap";
import { createAppBuilder, prepareImages } from "./app-build.ts";
import { boot } from "./qemu.ts";

const skip = await prepareImages();
const builder = createAppBuilder();
t.teardown(() => builder.dispose());
const NO_DEVICE = "no virtio network device: there is the loopback alone";

t.test("an application with a network and no device for it is told so", { skip }, async (t) => {
  const wanting = await builder.build("apps/hello");
  t.match((await boot({ kernel: wanting.path, until: NO_DEVICE })).output, NO_DEVICE);
  const without = await builder.build("apps/hello", { net: "none" });
  t.notMatch((await boot({ kernel: without.path, timeoutMs: 2000 })).output, NO_DEVICE);
});

t.test("a network card of another kind is none", { skip }, async (t) => {
  const { path: kernel } = await builder.build("apps/hello");
  const extra = ["-netdev", "user,id=n", "-device", "e1000,netdev=n,romfile="];
  const { output } = await boot({ kernel, machine: "q35", extra, until: NO_DEVICE });
  t.match(output, NO_DEVICE);
});

t.test("a legacy card of a microvm is told, with what to do", { skip }, async (t) => {
  const { path: kernel } = await builder.build("apps/hello");
  const extra = ["-netdev", "user,id=n", "-device", "virtio-net-device,netdev=n"];
  const { output } = await boot({ kernel, extra, until: NO_DEVICE });
  const lines = output.split("\n").filter((line) => line.includes("legacy"));
  t.equal(lines.length, 1, output);
  t.match(
    lines[0],
    /^libos: mmio 0x\w+: .*legacy.* \(of type 1\).*-global virtio-mmio.force-legacy=false/,
  );
});
