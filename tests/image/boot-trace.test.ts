import t from "tap";
import { createAppBuilder, prepareImages } from "./app-build.ts";
import { boot } from "./qemu.ts";

const skip = await prepareImages();
const builder = createAppBuilder();
t.teardown(() => builder.dispose());

t.test(
  "trace=boot tells what the start reached, in order, in rising times",
  { skip },
  async (t) => {
    const { path } = await builder.build("tests/image/app-fixtures/absent.ts");
    const { output } = await boot({ kernel: path, commandLine: "trace=boot" });
    const lines = [...output.matchAll(/^boot: +([\d.]+) +([\d.]+) {2}(.*)\r?$/gm)];
    t.same(
      lines.map(([, , , what]) => what),
      [
        "firmware",
        "the image's loader",
        "memory map and page tables",
        "interrupts and timer",
        "PCI, packet memory and stack",
        "checksum of the payload",
        "the engine's context",
        "the clock's rate",
        "bytecode read",
        "modules of libos",
        "manifest and devices",
        "the system",
        "the application",
      ],
      output,
    );
    const times = lines.map(([, endsAt]) => Number(endsAt));
    t.same(
      times,
      times.toSorted((left, right) => left - right),
    );
  },
);

t.test("without the word nothing is told", { skip }, async (t) => {
  const { path } = await builder.build("tests/image/app-fixtures/absent.ts");
  t.notMatch((await boot({ kernel: path })).output, "boot:");
});
