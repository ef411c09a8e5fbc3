import type { NetDevice, PacketMemory } from "../../libos/hal/mod.ts";
import { createTransmitFrame, resetFrame } from "../ip/mod.ts";

/** The far end of a cable, in the hands of a test: whole frames in and out. */
export interface RawPeer {
  /** Sends a frame, which may be anything. */
  send(frame: Uint8Array): void;
  /** Copies of the frames that arrived since the last call. */
  receive(): Uint8Array[];
}

/** @param scratch Where frames are built: 64 KiB of `memory` that nobody else uses. */
export function createRawPeer(device: NetDevice, memory: PacketMemory, scratch: number): RawPeer {
  const frame = createTransmitFrame();
  device.onReady(() => {});
  return {
    send(bytes: Uint8Array): void {
      memory.copyIn(scratch + 2, bytes, 0, bytes.length);
      resetFrame(frame, scratch + 2, bytes.length);
      if (!device.transmit(frame)) throw new Error("the cable is full");
      device.flush();
    },
    receive(): Uint8Array[] {
      const frames: Uint8Array[] = [];
      device.receive((offset, length) => {
        frames.push(memory.bytes.slice(offset, offset + length));
      }, 1_000_000);
      return frames;
    },
  };
}
