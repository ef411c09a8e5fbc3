import t from "tap";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { createEmulatedMachine } from "../../tests/machine/machine.ts";
import { RtcModel, type RtcModelOptions } from "../../tests/machine/rtc-model.ts";
import { DeviceError } from "../pci/mod.ts";
import { readRtc } from "./mod.ts";

function machineWith(options: RtcModelOptions) {
  const emulated = createEmulatedMachine({ world: createSimulation({ seed: 1 }) });
  emulated.ports.add(0x70, 2, new RtcModel(options));
  return emulated.machine;
}

const DATES = [
  "1970-01-01T00:00:00Z",
  "1999-12-31T23:59:59Z",
  "2000-02-29T12:00:00Z",
  "2026-12-01T00:30:07Z",
  "2100-03-01T11:59:59Z",
];

t.test("every format of the clock tells the same time", async (t) => {
  for (const text of DATES) {
    for (const isBinary of [false, true]) {
      for (const is24Hours of [false, true]) {
        const date = new Date(text);
        const machine = machineWith({ date, isBinary, is24Hours });
        t.equal(readRtc(machine), date.getTime() * 1000, `${text} ${isBinary} ${is24Hours}`);
      }
    }
  }
});

t.test("a clock without a century is of 1970 to 2069", async (t) => {
  for (const text of ["1970-01-01T00:00:00Z", "2069-12-31T23:59:59Z"]) {
    const date = new Date(text);
    t.equal(readRtc(machineWith({ date }), { centuryRegister: 0 }), date.getTime() * 1000);
  }
});

t.test("an update that is under way is waited for", async (t) => {
  const date = new Date("2026-12-31T23:59:59Z");
  t.equal(readRtc(machineWith({ date, busyReads: 500 })), date.getTime() * 1000);
});

t.test("no reading mixes two seconds", async (t) => {
  const date = new Date("2026-12-31T23:59:59Z");
  const us = readRtc(machineWith({ date, readsPerSecond: 3 }));
  const seconds = (us - date.getTime() * 1000) / 1e6;
  t.ok(seconds >= 0 && seconds <= 2, `${seconds} seconds later`);
});

t.test("what is no clock gets an error, and no hang", async (t) => {
  const world = createSimulation({ seed: 1 });
  const nothing = createEmulatedMachine({ world }).machine;
  t.throws(() => readRtc(nothing, { maxReads: 100 }), DeviceError, "all ones");
  const noPorts = createEmulatedMachine({ world, hasNoPorts: true }).machine;
  t.throws(() => readRtc(noPorts), /no ports/);
  const date = new Date("2026-12-01T00:00:00Z");
  const hasty = machineWith({ date, readsPerSecond: 1 });
  t.throws(() => readRtc(hasty, { maxReads: 100 }), /never rests/);
});
