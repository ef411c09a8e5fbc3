/**
 * A scenario that uses everything that the simulator has: two systems that exchange numbered frames
 * with retransmission over a bad network, a disk under errors and a power cut, skewed clocks, entropy,
 * console, and a bystander. What happens is written to the trace.
 */
import { createSimulation, type SimHal, type Simulation } from "../../host-adapters/sim/mod.ts";
import { createFrame, etherFrame, setParts } from "../contract/frames.ts";

/** What a run leaves behind. */
export interface ScenarioResult {
  readonly trace: string;
  readonly hash: string;
}

const MESSAGES = 40;
const RETRY_US = 15_000;

/** Sends message after message, each again and again until it is acknowledged. */
function startSender(hal: SimHal): () => boolean {
  const device = hal.net[0]!;
  const frame = createFrame();
  let next = 0;
  const send = (): void => {
    const payload = new Uint8Array(200);
    hal.entropy.fill(payload);
    payload[0] = next;
    const bytes = etherFrame({ device, memory: hal.memory }, payload);
    // An IPv4 type, so that corruption happens instead of loss.
    bytes.set([8, 0], 12);
    hal.memory.bytes.set(bytes, hal.memory.regionOffset);
    setParts(frame, hal.memory.regionOffset, bytes.length, [14, 77]);
    device.transmit(frame);
    device.flush();
    hal.timer.arm(hal.clock.nowUs() + RETRY_US);
  };
  hal.timer.onExpire(send);
  device.onReady(() => {
    device.receive((offset) => {
      if (hal.memory.bytes[offset + 14] === next) next++;
    }, 16);
    if (next < MESSAGES) send();
    else hal.timer.disarm();
  });
  send();
  return () => next >= MESSAGES;
}

/** Acknowledges by sending the first byte back, and keeps what came on its disk. */
function startReceiver(hal: SimHal): void {
  const device = hal.net[0]!;
  const disk = hal.block[0]!;
  const frame = createFrame();
  const { memory } = hal;
  disk.onReady(() =>
    disk.complete((token, status) => {
      hal.console.write(1, Uint8Array.of(token, status.length));
      if (status === "ok" && token % 4 === 0) disk.submit("flush", 0, 0, 0, 255);
    }),
  );
  device.onReady(() => {
    device.receive((offset, length) => {
      const number = memory.bytes[offset + 14]!;
      memory.copy(memory.regionOffset + 4096, offset, length);
      disk.submit("write", number % 64, 1, memory.regionOffset + 4096, number);
      memory.copy(memory.regionOffset, offset, length);
      setParts(frame, memory.regionOffset, 60);
      device.transmit(frame);
    }, 16);
    device.flush();
  });
}

/** Runs the scenario to its end. @throws SimulationError when it has none. */
export async function runScenario(seed: number, usesPromises = true): Promise<ScenarioResult> {
  const lines: string[] = [];
  const world: Simulation = createSimulation({
    seed,
    guard: true,
    trace: (line) => lines.push(line),
    replayCommand: `node tests/sim/print-trace.ts ${seed}`,
  });
  const network = world.createNetwork({
    delayUs: 2000,
    jitterUs: 700,
    lossRate: 0.1,
    duplicateRate: 0.1,
    reorderRate: 0.1,
    corruptRate: 0.05,
    rateBitsPerSecond: 10e6,
  });
  const disk = world.createDisk({
    name: "disk0",
    sectorCount: 64,
    writeErrorRate: 0.1,
    mixedSectors: true,
  });
  const memoryBytes = 65_536;
  const sender = world.createHal({ name: "a", memoryBytes, net: [network], skewPpm: 50 });
  const receiver = world.createHal({ name: "b", memoryBytes, net: [network], block: [disk] });
  world.createHal({ name: "bystander", memoryBytes, net: [network] });
  world.at(40_000, () => network.partition([["a"], ["b"]]));
  world.at(90_000, () => network.heal());
  startReceiver(receiver);
  const isDone = startSender(sender);
  const limits = { until: isDone, maxEvents: 100_000 };
  if (usesPromises) await world.run(limits);
  else world.runSync(limits);
  receiver.powerCut();
  const [first] = [disk.contents(0, 64)];
  lines.push(`disk ${first.reduce((sum, byte) => (sum * 31 + byte) % 1_000_003, 0)}`);
  return { trace: `${lines.join("\n")}\n`, hash: world.traceHash };
}
