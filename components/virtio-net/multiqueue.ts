/**
 * Several queue pairs (virtio 1.3, 5.1.6.5.5). A part of its own, so that an image, which takes one pair,
 * does without.
 */
import { DeviceError } from "../virtio/mod.ts";
import type { VirtioDevice, Virtqueue } from "../virtio/mod.ts";
import { createControl, switchPairsOn } from "./control.ts";
import { FlowTransmitter } from "./flow-transmitter.ts";
import type { MultiqueueLimits } from "./limits.ts";
import type { TransmitSide, Transmitter } from "./transmitter.ts";
import { CONTROL, NET_CONFIG, NET_FEATURE } from "./wire.ts";

/** What one driver does about queue pairs, in the order of its start. */
export interface Multiqueue {
  features(isOffered: (bit: number) => boolean): readonly number[];
  /** @returns How many pairs to make. @throws DeviceError when there is no memory. */
  plan(device: VirtioDevice): number;
  join(device: VirtioDevice, transmitters: readonly Transmitter[]): TransmitSide | undefined;
  /** The device works. @throws DeviceError when it does not answer. */
  switchOn(device: VirtioDevice): void;
}

/** The most pairs that a limit may ask for. */
const MAX_PAIRS = 256;

class SeveralPairs implements Multiqueue {
  readonly #limit: number;
  #count = 1;
  #control: Virtqueue | undefined;
  #flows: FlowTransmitter | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  features(isOffered: (bit: number) => boolean): readonly number[] {
    const isOffer = isOffered(NET_FEATURE.CTRL_VQ_BIT) && isOffered(NET_FEATURE.MQ_BIT);
    return isOffer && this.#limit > 1 ? [NET_FEATURE.CTRL_VQ_BIT, NET_FEATURE.MQ_BIT] : [];
  }

  /**
   * The control queue lies behind the pairs. Of a device whose numbers can't be (5.1.4.1: 1 .. 0x8000
   * pairs, and as many queues) one pair is used.
   */
  plan(device: VirtioDevice): number {
    if (!device.has(NET_FEATURE.MQ_BIT)) return 1;
    const { transport } = device;
    const offered = transport.readConfig16(NET_CONFIG.MAX_PAIRS);
    const count = Math.min(this.#limit, offered);
    if (count < 2) return 1;
    const isThere = offered <= CONTROL.MAX_PAIRS && transport.queueSizeMax(2 * count - 1) > 0;
    this.#control = isThere ? createControl(device, 2 * offered) : undefined;
    if (this.#control === undefined) {
      device.needs.report?.(`${transport.name}: it has no ${offered} queue pairs, as it says`);
      return 1;
    }
    this.#count = count;
    return count;
  }

  join(device: VirtioDevice, transmitters: readonly Transmitter[]): TransmitSide | undefined {
    if (transmitters.length < 2) return undefined;
    this.#flows = new FlowTransmitter(device.needs.memory.bytes, transmitters);
    return this.#flows;
  }

  switchOn(device: VirtioDevice): void {
    if (this.#control === undefined) return;
    if (switchPairsOn(device, this.#control, this.#count)) this.#flows?.useAll();
    const { failure, transport } = device;
    if (failure !== undefined) throw new DeviceError(`${transport.name}: ${failure}`);
  }
}

/**
 * Lets one driver use several queue pairs.
 *
 * @throws RangeError for limits that can't be.
 */
export function severalPairs({ queuePairs }: MultiqueueLimits): Multiqueue {
  if (!Number.isInteger(queuePairs) || queuePairs < 1 || queuePairs > MAX_PAIRS) {
    throw new RangeError(`${queuePairs} queue pairs: 1 .. ${MAX_PAIRS}`);
  }
  return new SeveralPairs(queuePairs);
}
