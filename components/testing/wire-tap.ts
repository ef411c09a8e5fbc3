import type {
  AcceptFrame,
  NetDevice,
  NetDeviceInfo,
  PacketMemory,
  TransmitFrame,
} from "../../libos/hal/mod.ts";

/** A device through which tests see and lose frames. */
export interface WireTap extends NetDevice {
  /** Copies of all that was transmitted, in order, lost frames included. */
  readonly frames: readonly Uint8Array[];
  /** Says which of the frames that are transmitted get lost. */
  lose(loses: (frame: Uint8Array, index: number) => boolean): void;
  /** Shows each frame when it is transmitted. */
  watch(watcher: (frame: Uint8Array) => void): void;
  /** True: `transmit` refuses. */
  isFull: boolean;
  /** While true, the device does not say that it has finished with any frame. */
  holdTransmitted: boolean;
}

class Tap implements WireTap {
  readonly info: NetDeviceInfo;
  readonly frames: Uint8Array[] = [];
  isFull = false;
  readonly #device: NetDevice;
  readonly #memory: PacketMemory;
  #loses: (frame: Uint8Array, index: number) => boolean = () => false;
  #watcher: (frame: Uint8Array) => void = () => {};
  #lost = 0;
  #held = -1;

  constructor(device: NetDevice, memory: PacketMemory, queueFrames: number) {
    this.#device = device;
    this.#memory = memory;
    this.info = { ...device.info, transmitQueueFrames: queueFrames };
  }

  get holdTransmitted(): boolean {
    return this.#held >= 0;
  }

  set holdTransmitted(hold: boolean) {
    this.#held = hold ? this.transmitted() : -1;
  }

  lose(loses: (frame: Uint8Array, index: number) => boolean): void {
    this.#loses = loses;
  }

  watch(watcher: (frame: Uint8Array) => void): void {
    this.#watcher = watcher;
  }

  receive(accept: AcceptFrame, budget: number): number {
    return this.#device.receive(accept, budget);
  }

  transmit(frame: TransmitFrame): boolean {
    if (this.isFull) return false;
    const copy = this.#copy(frame);
    if (this.#loses(copy, this.frames.length)) this.#lost++;
    else if (!this.#device.transmit(frame)) return false;
    this.frames.push(copy);
    this.#watcher(copy);
    return true;
  }

  flush(): void {
    this.#device.flush();
  }

  transmitted(): number {
    return this.#held >= 0 ? this.#held : this.#device.transmitted() + this.#lost;
  }

  linkUp(): boolean {
    return this.#device.linkUp();
  }

  onReady(handler: () => void): void {
    this.#device.onReady(handler);
  }

  #copy(frame: TransmitFrame): Uint8Array {
    const parts = [];
    for (let part = 0; part < frame.partCount; part++) {
      const offset = frame.partOffset[part]!;
      parts.push(...this.#memory.bytes.subarray(offset, offset + frame.partLength[part]!));
    }
    return Uint8Array.from(parts);
  }
}

/** Taps a device. `queueFrames` is what it says of its queue; if absent, the device's own. */
export function createWireTap(
  device: NetDevice,
  memory: PacketMemory,
  queueFrames: number = device.info.transmitQueueFrames,
): WireTap {
  return new Tap(device, memory, queueFrames);
}
