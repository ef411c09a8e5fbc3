import t from "tap";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { createEmulatedMachine } from "../../tests/machine/machine.ts";
import { needsOf } from "../../tests/machine/machine-system.ts";
import { ConsoleModel } from "../../tests/machine/virtio/console-model.ts";
import { findVirtioDevices, VIRTIO_LIMITS } from "../virtio/mod.ts";
import { createVirtioConsole, VIRTIO_CONSOLE_LIMITS } from "./mod.ts";

const encode = (text: string) => new TextEncoder().encode(text);

function setUp(limits = VIRTIO_CONSOLE_LIMITS) {
  const world = createSimulation({ seed: 1 });
  const emulated = createEmulatedMachine({ world });
  const model = new ConsoleModel();
  emulated.attach(model, { bus: "pci" });
  const [transport] = findVirtioDevices(emulated.machine);
  const console = createVirtioConsole(transport!, needsOf(emulated), limits, {
    ...VIRTIO_LIMITS,
    waitUs: 20_000,
  });
  const text = () => new TextDecoder().decode(Uint8Array.from(model.output));
  return { world, emulated, model, console, text };
}

t.test("all output arrives, in order, of both streams", async (t) => {
  const { world, emulated, console, text } = setUp();
  let expected = "";
  for (let line = 0; line < 500; line++) {
    const each = `line ${line} ${"·".repeat(line % 50)}\n`;
    expected += each;
    console.write(line % 2 === 0 ? 1 : 2, encode(each));
    console.write(1, new Uint8Array(0));
    if (line % 100 === 0) world.runSync();
  }
  world.runSync();
  t.equal(text(), expected);
  t.same(emulated.violations, []);
});

t.test("a write is borrowed, also while it waits", async (t) => {
  const { world, console, text } = setUp({ ...VIRTIO_CONSOLE_LIMITS, buffers: 2, bufferBytes: 16 });
  const bytes = encode("a line that is longer than all buffers for DMA together");
  console.write(1, bytes);
  bytes.fill(0x2a);
  world.runSync();
  t.equal(text(), "a line that is longer than all buffers for DMA together");
});

t.test("beyond the bound a write waits for the device, and loses nothing", async (t) => {
  const { world, console, model } = setUp({ buffers: 2, bufferBytes: 64, queueBytes: 256 });
  const bytes = new Uint8Array(20_000).map((_, index) => index % 251);
  console.write(1, bytes);
  t.ok(model.output.length >= 20_000 - 256 - 2 * 64, `${model.output.length} bytes by then`);
  world.runSync();
  t.same(Uint8Array.from(model.output), bytes);
  t.equal(console.lostBytes, 0);
});

t.test("input arrives in order, and is announced to whoever asks later", async (t) => {
  const { world, emulated, model, console } = setUp();
  let text = "";
  model.type(encode("kept, "));
  world.runSync();
  console.onReady(() => {
    const count = console.read((bytes) => (text += new TextDecoder().decode(bytes)));
    t.ok(count > 0);
  });
  t.equal(text, "", "not from inside of onReady");
  world.runSync();
  for (let count = 0; count < 100; count++) {
    model.type(encode(`${count} `));
    if (count % 7 === 0) world.runSync();
  }
  world.runSync();
  t.equal(text, `kept, ${Array.from({ length: 100 }, (_, index) => `${index} `).join("")}`);
  t.same(emulated.violations, []);
});

t.test("close lets the last words out, and gives the memory back", async (t) => {
  const { console, text, emulated } = setUp({ buffers: 2, bufferBytes: 16, queueBytes: 4096 });
  console.onReady(() => t.fail("called"));
  console.write(2, encode("the last words, which are longer than the buffers"));
  console.close();
  console.close();
  t.equal(text(), "the last words, which are longer than the buffers");
  t.equal(emulated.dma.usedBytes, 0);
  t.same(emulated.violations, []);
});
