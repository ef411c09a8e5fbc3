import { FRAME_ALIGNMENT_OFFSET } from "../../libos/hal/mod.ts";
import type { Kernel, MemoryOwner } from "../../libos/kernel/mod.ts";
import { MIN_BLOCK_BYTES, assert, blockBytes } from "../../libos/kernel/mod.ts";
import { ByteRing } from "../ip/mod.ts";

/** Bytes of one header slot. */
export const SLOT_BYTES: number = MIN_BLOCK_BYTES;

/**
 * Memory of frames that the device may still be reading: slots for headers, and staged payloads.
 *
 * There is at least one slot more than the device holds frames, and a slot is used again only after
 * all the others: so the device has finished with it. A staged block carries the number of the last
 * frame that can refer to it, and is taken back when the device has transmitted that frame.
 */
export class TransmitMemory {
  readonly #owner: MemoryOwner;
  readonly #slots: number;
  readonly #slotCount: number;
  readonly #stage: number;
  readonly #stageBytes: number;
  readonly #ring: ByteRing;
  /** The last frame of each staged block, in the ring's order; the newest block is still open. */
  readonly #lastFrame: Float64Array;
  #firstBlock = 0;
  #nextSlot = 0;

  /**
   * @param queueFrames The most frames that the device holds.
   * @param stageBytes A power of two.
   * @throws Error when packet memory has no room: a system without it can't start.
   */
  constructor(
    kernel: Kernel,
    name: string,
    queueFrames: number,
    stageBytes: number,
    blocks: number,
  ) {
    const slotsBytes = blockBytes((queueFrames + 1) * SLOT_BYTES);
    this.#slotCount = slotsBytes / SLOT_BYTES;
    this.#stageBytes = stageBytes;
    this.#owner = kernel.memory.owner(name, slotsBytes + blockBytes(stageBytes));
    this.#slots = this.#owner.allocate(slotsBytes);
    this.#stage = this.#owner.allocate(stageBytes);
    if (this.#slots < 0 || this.#stage < 0) {
      throw new Error(`${name}: packet memory has no room for ${slotsBytes + stageBytes} bytes`);
    }
    this.#ring = new ByteRing(this.#stage, stageBytes, blocks);
    this.#lastFrame = new Float64Array(blocks);
  }

  /** Where the frame that is under construction begins. */
  get slot(): number {
    return this.#slots + this.#nextSlot * SLOT_BYTES + FRAME_ALIGNMENT_OFFSET;
  }

  /** The device has taken the frame whose headers lie in `slot`. */
  advance(): void {
    this.#nextSlot++;
    if (this.#nextSlot === this.#slotCount) this.#nextSlot = 0;
  }

  /**
   * @param submitted Frames handed to the device so far; `transmitted`: those it has finished with.
   * @returns The offset of a block, or -1 when there is no room.
   */
  stage(bytes: number, submitted: number, transmitted: number): number {
    const ring = this.#ring;
    const capacity = this.#lastFrame.length;
    if (ring.count > 0) this.#closeNewest(submitted);
    while (ring.count > 0 && this.#lastFrame[this.#firstBlock]! <= transmitted) {
      ring.release();
      this.#firstBlock = (this.#firstBlock + 1) % capacity;
    }
    const offset = ring.take(bytes);
    if (offset >= 0) this.#lastFrame[this.#newest()] = Infinity;
    return offset;
  }

  /** Gives all memory back. The device no longer reads it. */
  free(): void {
    this.#owner.free(this.#slots, this.#slotCount * SLOT_BYTES);
    this.#owner.free(this.#stage, this.#stageBytes);
  }

  #newest(): number {
    assert(this.#ring.count > 0, "no block is staged");
    return (this.#firstBlock + this.#ring.count - 1) % this.#lastFrame.length;
  }

  #closeNewest(submitted: number): void {
    const newest = this.#newest();
    if (this.#lastFrame[newest] === Infinity) this.#lastFrame[newest] = submitted;
  }
}
