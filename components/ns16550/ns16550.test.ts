import t from "tap";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { createEmulatedMachine } from "../../tests/machine/machine.ts";
import { UartModel } from "../../tests/machine/uart-model.ts";
import { DeviceError } from "../pci/mod.ts";
import { createNs16550, mmioRegisters, NS16550_LIMITS, portRegisters } from "./mod.ts";

const LINE = 4;
const encode = (text: string) => new TextEncoder().encode(text);
const decode = (bytes: readonly number[]) => new TextDecoder().decode(Uint8Array.from(bytes));

function setUp(options: { bus?: "port" | "mmio"; outputBytes?: number; inputBytes?: number } = {}) {
  const world = createSimulation({ seed: 1 });
  const emulated = createEmulatedMachine({ world });
  const model = new UartModel(emulated, LINE);
  const { machine, schedule } = emulated;
  let polls = 0;
  // A clock that goes on while somebody polls.
  const clock = { nowUs: () => world.nowUs + 1000 * polls++, wallUs: () => 0 };
  if (options.bus === "mmio") {
    const shifted = {
      read: (at: number) => model.read(at >> 2),
      write: (at: number, width: number, value: number) => model.write(at >> 2, width, value),
    };
    emulated.addMmioSlot(0x1000_0000, shifted, LINE);
  } else {
    emulated.ports.add(0x3f8, 8, model);
  }
  const registers =
    options.bus === "mmio" ? mmioRegisters(machine, 0x1000_0000, 2) : portRegisters(machine, 0x3f8);
  const { outputBytes = NS16550_LIMITS.outputBytes, inputBytes = NS16550_LIMITS.inputBytes } =
    options;
  const uart = createNs16550(
    { registers, interrupts: machine.interrupts, line: LINE, clock, schedule },
    { ...NS16550_LIMITS, outputBytes, inputBytes },
  );
  return { world, emulated, model, uart };
}

for (const bus of ["port", "mmio"] as const) {
  t.test(`all output arrives, in order, by interrupts (${bus})`, async (t) => {
    const { world, emulated, model, uart } = setUp({ bus });
    let expected = "";
    for (let line = 0; line < 50; line++) {
      expected += `line ${line}\n`;
      uart.write(line % 2 === 0 ? 1 : 2, encode(`line ${line}\n`));
    }
    world.runSync();
    t.equal(decode(model.output), expected);
    t.same(emulated.violations, []);
  });
}

t.test("a write beyond the queue waits for the line, and loses nothing", async (t) => {
  const { model, uart, world } = setUp({ outputBytes: 64 });
  const bytes = new Uint8Array(5000).map((_, index) => 32 + (index % 90));
  uart.write(1, bytes);
  world.runSync();
  t.same(Uint8Array.from(model.output), bytes);
  t.equal(uart.lostOutput, 0);
});

t.test("a dead line takes time, and is no hang", async (t) => {
  const { model, uart } = setUp({ outputBytes: 64 });
  model.isStuck = true;
  uart.write(1, new Uint8Array(1000));
  t.ok(uart.lostOutput > 800, `${uart.lostOutput} bytes lost`);
  uart.close();
});

t.test("input arrives, and is announced to whoever asks later", async (t) => {
  const { model, uart, world, emulated } = setUp();
  let text = "";
  model.type(encode("early "));
  world.runSync();
  uart.onReady(() => uart.read((bytes) => (text += new TextDecoder().decode(bytes))));
  t.equal(text, "", "not from inside of onReady");
  world.runSync();
  model.type(encode("late"));
  world.runSync();
  t.equal(text, "early late");
  t.equal(
    uart.read(() => {}),
    0,
  );
  t.same(emulated.violations, [], "the line was taken back");
});

t.test("input that nobody reads is dropped at the bound", async (t) => {
  const { model, uart, world } = setUp({ inputBytes: 10 });
  model.type(encode("0123456789abc"));
  world.runSync();
  let text = "";
  uart.read((bytes) => (text += new TextDecoder().decode(bytes)));
  t.equal(text, "0123456789");
  t.equal(uart.lostInput, 3);
});

t.test("after close nothing is called, and what was written has left", async (t) => {
  const { model, uart, world } = setUp();
  uart.onReady(() => t.fail("called"));
  uart.write(1, encode("the last words of this system, longer than a FIFO"));
  uart.close();
  uart.close();
  uart.write(1, encode("more"));
  model.type(encode("x"));
  world.runSync();
  t.equal(decode(model.output), "the last words of this system, longer than a FIFO");
});

t.test("where there is no UART there is an error", async (t) => {
  const { machine, clock, schedule } = createEmulatedMachine({
    world: createSimulation({ seed: 1 }),
  });
  const registers = portRegisters(machine, 0x2f8);
  const needs = { registers, interrupts: machine.interrupts, line: 3, clock, schedule };
  t.throws(() => createNs16550(needs), DeviceError);
});
