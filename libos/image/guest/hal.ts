/** The platform of this image: the machine with the devices that were asked for. */
import type { MachineDevices } from "../../../bare-metal/hal.ts";
import type { Hal } from "../../hal/mod.ts";
import { holdWhileBusy } from "./held-block.ts";
import { beforeEnd, end } from "./lifecycle.ts";
import { Liveness } from "./liveness.ts";
import { bareMetal, native, observer, trace, writeLine } from "./machine.ts";
import { archive } from "./manifest.ts";
import { machineParts } from "./parts.ts";

trace?.mark("modules of libos");
/** As other refusals to start (`bare-metal/SPEC.md`). */
const NO_ENTROPY_EXIT_CODE = 70;
const NO_DEVICES: MachineDevices = { net: [], block: [], close: () => {} };

/** Ends the image when nothing is held. */
export const liveness: Liveness = new Liveness(
  (job) => observer.schedule(bareMetal, job),
  native.clock,
  { beforeEnd, end },
);

function createMachineHal(): Hal {
  const devices = machineParts.openDevices?.(writeLine) ?? NO_DEVICES;
  const base = bareMetal.createHal(devices);
  if (machineParts.needsEntropy === true && !base.entropy.available) refuse();
  return { ...base, shares: machineParts.shares };
}

/** Nothing falls back to numbers that can be guessed. */
function refuse(): never {
  writeLine(
    "libos: this machine has no source of entropy, and the application's network or crypto needs one:" +
      " give it a CPU with RDRAND or RDSEED (QEMU: -cpu max), or a virtio-rng device",
  );
  native.power.off(NO_ENTROPY_EXIT_CODE);
}

function createHal(): Hal {
  const base = observer.platform(archive.manifest, bareMetal, createMachineHal);
  const block = base.block.map((device) => holdWhileBusy(device, liveness));
  const platform = { ...base, timer: liveness.watch(base.timer), block };
  return trace?.watch(platform) ?? platform;
}

export const hal: Hal = createHal();
trace?.mark("manifest and devices");
