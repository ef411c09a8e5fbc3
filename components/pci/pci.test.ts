import t from "tap";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import type { RegisterBlock } from "../../tests/machine/bus.ts";
import { createEmulatedMachine } from "../../tests/machine/machine.ts";
import { EmulatedFunction } from "../../tests/machine/pci.ts";
import { DeviceError, enumeratePci, formatPciAddress, openPciDevice, readBars } from "./mod.ts";
import { readCapabilities } from "./mod.ts";

const NOTHING: RegisterBlock = { read: () => 0, write() {} };
const IDENTITY = { vendor: 0x1234, device: 0x5678, classCode: 0x02_00_00, line: 11, pin: 1 };

function setUp(pci: "ecam" | "ports" = "ecam") {
  const emulated = createEmulatedMachine({ world: createSimulation({ seed: 1 }), pci });
  return { emulated, machine: emulated.machine, space: emulated.machine.pci! };
}

function bridge(bus: number): EmulatedFunction {
  const made = new EmulatedFunction({ ...IDENTITY, classCode: 0x06_04_00 }, []);
  made.config[0x0e] = 1;
  made.config[0x19] = bus;
  return made;
}

t.test("functions are found on every bus, and behind every bridge", async (t) => {
  for (const pci of ["ecam", "ports"] as const) {
    const { emulated, space } = setUp(pci);
    const multi = new EmulatedFunction(IDENTITY, []);
    multi.config[0x0e] = 0x80;
    emulated.addFunction(0x08, multi);
    emulated.addFunction(0x0b, new EmulatedFunction(IDENTITY, []));
    emulated.addFunction(0x10, bridge(3));
    emulated.addFunction(0x11, new EmulatedFunction(IDENTITY, []));
    emulated.addFunction(0x300, bridge(7));
    emulated.addFunction(0x7f8, new EmulatedFunction(IDENTITY, []));
    const found = enumeratePci(space).map(({ address }) => formatPciAddress(address));
    t.same(found, ["00:01.0", "00:01.3", "00:02.0", "03:00.0", "07:1f.0"]);
    const { vendorId, deviceId, classCode, interruptLine } = enumeratePci(space)[0]!;
    t.same([vendorId, deviceId, classCode, interruptLine], [0x1234, 0x5678, 0x02_00_00, 11]);
    t.same(emulated.violations, []);
  }
});

t.test("bridges that lead in a circle are followed once", async (t) => {
  const { emulated, space } = setUp();
  emulated.addFunction(0x10, bridge(3));
  emulated.addFunction(0x300, bridge(3));
  emulated.addFunction(0x308, bridge(0));
  t.equal(enumeratePci(space).length, 3);
});

t.test("no more functions than the limit are told of", async (t) => {
  const { emulated, space } = setUp();
  for (let device = 0; device < 8; device++) {
    emulated.addFunction(device << 3, new EmulatedFunction(IDENTITY, []));
  }
  t.equal(enumeratePci(space, { maxFunctions: 5 }).length, 5);
});

t.test("capabilities are listed in order, and a loop ends", async (t) => {
  const { emulated, space } = setUp();
  const made = new EmulatedFunction(IDENTITY, []);
  made.addCapability([9, 0, 8, 1, 0, 0, 0, 0]);
  const last = made.addCapability([0x11, 0, 0, 0]);
  emulated.addFunction(8, made);
  t.same(readCapabilities(space, 8), [
    { id: 9, register: 0x40 },
    { id: 0x11, register: 0x48 },
  ]);
  made.config[last + 1] = 0x40;
  t.equal(readCapabilities(space, 8).length, 48);
});

t.test("a BAR of 32 and of 64 bits is sized, and is as it was afterwards", async (t) => {
  const { emulated, space } = setUp();
  const bars = [
    { index: 0, is64: false, length: 0x1000, address: 0xfebf_0000, block: NOTHING },
    { index: 2, is64: true, length: 2 ** 33, address: 2 ** 40, block: NOTHING },
    { index: 4, is64: true, length: 0x4000, address: 0x38_0000_4000, block: NOTHING },
  ];
  const made = new EmulatedFunction(IDENTITY, bars);
  emulated.addFunction(8, made);
  const before = made.config.slice();
  const found = readBars(space, 8, 0);
  for (const { index, length, address } of bars) {
    t.same(found[index], { kind: "memory", address, length });
  }
  for (const index of [1, 3, 5, 6, -1]) t.equal(found[index], undefined, `${index}`);
  t.same(made.config, before);
});

t.test("a BAR that the firmware gave no address is none", async (t) => {
  const { emulated, space } = setUp();
  const bar = { index: 0, is64: false, length: 0x1000, address: 0, block: NOTHING };
  emulated.addFunction(8, new EmulatedFunction(IDENTITY, [bar]));
  t.equal(readBars(space, 8, 0)[0], undefined);
});

t.test("a range of a BAR is mapped; what is outside of it gets an error", async (t) => {
  const { emulated, machine, space } = setUp();
  const written: number[] = [];
  const block = { read: (offset: number) => offset, write: (at: number) => written.push(at) };
  const bars = [
    { index: 0, is64: true, length: 0x4000, address: 0x38_0000_0000, block },
    { index: 2, is64: false, length: 0x10_0000, address: 0xfe00_0000, block },
  ];
  emulated.addFunction(8, new EmulatedFunction(IDENTITY, bars));
  const device = openPciDevice(machine, enumeratePci(space)[0]!);
  device.enable();
  t.equal(machine.mmio.read32(device.mapRange(0, 0x1230, 4)), 0x1230);
  t.equal(machine.mmio.read32(device.mapRange(2, 0x8_1234, 4)), 0x8_1234, "a page of a large one");
  machine.mmio.write16(device.mapRange(0, 0, 0x4000) + 6, 1);
  t.same(written, [6]);
  for (const [bar, offset, length] of [
    [0, 0x3ffd, 4],
    [0, 0, 0],
    [0, 2 ** 32 - 4, 8],
    [5, 0, 4],
    [7, 0, 4],
  ] as const) {
    t.throws(() => device.mapRange(bar, offset, length), DeviceError, `${bar} ${offset} ${length}`);
  }
  t.same(emulated.violations, []);
});

t.test("MSI-X connects a vector, and nothing else interrupts", async (t) => {
  const { emulated, machine, space } = setUp();
  const table = new Uint32Array(16).fill(1);
  const block = {
    read: (offset: number) => table[offset >> 2]!,
    write: (offset: number, _width: number, value: number) => void (table[offset >> 2] = value),
  };
  const bar = { index: 1, is64: false, length: 0x1000, address: 0xfebf_0000, block };
  const made = new EmulatedFunction(IDENTITY, [bar]);
  made.addCapability([0x11, 0, 3, 0, 1, 0, 0, 0, 1, 8, 0, 0]);
  emulated.addFunction(8, made);
  const device = openPciDevice(machine, enumeratePci(space)[0]!);
  device.enable();
  const msix = device.openMsix()!;
  t.equal(msix.count, 4);
  msix.connect(2, { vector: 0, address: 0x1_fee0_0000, data: 0x31 });
  msix.enable();
  t.same([...table.subarray(8, 12)], [0xfee0_0000, 1, 0x31, 0], "the entry, unmasked");
  t.same([table[3], table[7], table[15]], [1, 1, 1], "the others stay masked");
  t.equal(space.read16(8, made.config[0x34]! + 2) & 0xc000, 0x8000);
  t.equal(space.read16(8, 4) & 0x400, 0x400, "INTx is off");
  msix.disable();
  t.equal(space.read16(8, made.config[0x34]! + 2) & 0x8000, 0);
  t.same(emulated.violations, []);
});

t.test("a machine without PCI has an error for whoever asks", async (t) => {
  const { machine } = createEmulatedMachine({
    world: createSimulation({ seed: 1 }),
    pci: "none",
  });
  t.throws(() => openPciDevice(machine, { address: 0 } as never), /no PCI/);
});
