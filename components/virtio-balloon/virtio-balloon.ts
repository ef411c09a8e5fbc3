/**
 * A virtio memory balloon (virtio 1.3, 5.5): pages that the system can spare go to the host, and come
 * back when the host lets them or the system needs them.
 *
 * Read first: `#work`. What always holds: a page that was taken from the source is either the host's
 * (`#pages`) or on its way (`#moving`), and there is one transfer at a time. The host is told before a
 * page is used again, as VIRTIO_BALLOON_F_MUST_TELL_HOST demands, also where it was not negotiated.
 * Page numbers are data, which no descriptor bounds: each is made of what `Dma.address` says, and that
 * refuses memory that is neither the driver's nor the system's.
 */
import { DEVICE_TYPE, DeviceError, INTERRUPT, openDriver, VIRTIO_LIMITS } from "../virtio/mod.ts";
import type {
  DriverNeeds,
  VirtioDevice,
  VirtioLimits,
  VirtioTransport,
  Virtqueue,
} from "../virtio/mod.ts";

/** Pages have 4096 bytes, whatever those of the machine have (5.5.6). */
export const PAGE_BYTES = 4096;

/** Feature bits (5.5.3). */
const FEATURE = { MUST_TELL_HOST_BIT: 0, DEFLATE_ON_OOM_BIT: 2 } as const;
/** Queues (5.5.2). */
const QUEUE = { INFLATE: 0, DEFLATE: 1 } as const;
/** Offsets in the configuration; both fields are u32 (5.5.4). */
const CONFIG = { NUM_PAGES: 0, ACTUAL: 4 } as const;
/** Bytes of a page number in a buffer: u32, little-endian. */
const NUMBER_BYTES = 4;

export interface VirtioBalloonLimits {
  /** Bytes that stay free in the source whatever the host asks for. */
  readonly leastFreeBytes: number;
  /** The most pages that the host gets. */
  readonly pagesMax: number;
  /** The most pages that the host is told of at a time. */
  readonly batchPages: number;
}

/** 32 MiB of pages: more than packet memory ever has. */
export const VIRTIO_BALLOON_LIMITS: VirtioBalloonLimits = {
  leastFreeBytes: 1 << 20,
  pagesMax: 8192,
  batchPages: 256,
};

/** Memory of which a balloon takes what is free. */
export interface PageSource {
  /** Bytes that nobody uses. */
  readonly freeBytes: number;
  /**
   * Takes `PAGE_BYTES` of packet memory that lie on a page of the bus.
   *
   * @returns The offset in packet memory, or -1 where there is none.
   */
  allocate(): number;
  /** Gives a page back; what it holds is of no meaning. */
  free(offset: number): void;
}

export interface VirtioBalloon {
  /** Pages that the host has. */
  readonly pageCount: number;
  /** Why the device was given up: then the pages that the host has stay out of use. */
  readonly failure: string | undefined;
  /**
   * Gives a batch of pages back at once because memory is scarce, if the host agreed to that
   * (VIRTIO_BALLOON_F_DEFLATE_ON_OOM), and waits for its acknowledgement. From then on the balloon
   * grows again only when the host changes its size.
   *
   * @returns Whether the source has more free pages than before.
   */
  reclaim(): boolean;
  /** Resets the device. The pages that the host has stay out of use. Idempotent. */
  close(): void;
}

class VirtioBalloonDevice implements VirtioBalloon {
  readonly #device: VirtioDevice;
  readonly #inflate: Virtqueue;
  readonly #deflate: Virtqueue;
  readonly #source: PageSource;
  readonly #limits: VirtioBalloonLimits;
  /** Where page numbers lie for the host: of one transfer. */
  readonly #list: number;
  readonly #view: DataView;
  /** Offsets of pages that the host has. */
  readonly #pages: number[] = [];
  /** Of the transfer under way, to or from the host. */
  #moving: number[] = [];
  /** The queue on which the host has not acknowledged yet. */
  #busy: Virtqueue | undefined;
  /** The size to which the balloon is brought, in pages. */
  #target = 0;
  /** The source is asked, and must not ask back. */
  #isTaking = false;

  constructor(
    device: VirtioDevice,
    inflate: Virtqueue,
    deflate: Virtqueue,
    source: PageSource,
    limits: VirtioBalloonLimits,
  ) {
    const { bytes } = device.needs.memory;
    this.#device = device;
    this.#inflate = inflate;
    this.#deflate = deflate;
    this.#source = source;
    this.#limits = limits;
    this.#list = device.allocate(limits.batchPages * NUMBER_BYTES);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    device.start((events) => this.#onEvents(events));
    // The host may have chosen a size before anybody listened.
    device.needs.schedule(() => this.#onEvents(INTERRUPT.CONFIG));
  }

  get pageCount(): number {
    return this.#pages.length;
  }

  get failure(): string | undefined {
    return this.#device.failure;
  }

  reclaim(): boolean {
    const device = this.#device;
    if (this.#isTaking || device.isDead || !device.has(FEATURE.DEFLATE_ON_OOM_BIT)) return false;
    const isComing = this.#busy === this.#deflate;
    if (!this.#isSettled() && !device.waitFor(this.#isSettled)) return false;
    if (isComing) return true;
    this.#target = Math.max(0, this.#pages.length - this.#limits.batchPages);
    return this.#begin() && device.waitFor(this.#isSettled);
  }

  close(): void {
    this.#device.close();
  }

  #onEvents(events: number): void {
    if (this.#device.isDead) return;
    if ((events & INTERRUPT.CONFIG) !== 0) {
      const wanted = this.#device.transport.readConfig32(CONFIG.NUM_PAGES);
      this.#target = Math.min(wanted, this.#limits.pagesMax);
    }
    this.#work();
  }

  /** One step towards the target: at the most a batch in a turn. */
  #work(): void {
    if (this.#device.isDead || !this.#isSettled() || !this.#begin()) return;
    if (this.#busy!.watch()) this.#device.needs.schedule(() => this.#work());
  }

  /** Takes the host's acknowledgement. @returns Whether nothing is under way. */
  readonly #isSettled = (): boolean => {
    const queue = this.#busy;
    if (queue === undefined) return true;
    const slot = queue.pop();
    if (slot < 0) return false;
    queue.release(slot);
    this.#busy = undefined;
    const moved = this.#moving;
    this.#moving = [];
    if (queue === this.#inflate) this.#pages.push(...moved);
    else for (const offset of moved) this.#source.free(offset);
    this.#device.transport.writeConfig32(CONFIG.ACTUAL, this.#pages.length);
    return true;
  };

  /** Begins a transfer. @returns False where none is needed, or nothing can be spared. */
  #begin(): boolean {
    const { batchPages } = this.#limits;
    const missing = this.#target - this.#pages.length;
    if (missing > 0) this.#take(Math.min(missing, batchPages));
    else if (missing < 0) this.#moving = this.#pages.splice(-Math.min(-missing, batchPages));
    if (this.#moving.length === 0) {
      this.#target = this.#pages.length;
      return false;
    }
    this.#tell(missing > 0 ? this.#inflate : this.#deflate);
    return true;
  }

  /** Takes up to `count` pages of those that can be spared. */
  #take(count: number): void {
    const source = this.#source;
    const least = this.#limits.leastFreeBytes + PAGE_BYTES;
    this.#isTaking = true;
    while (this.#moving.length < count && source.freeBytes >= least) {
      const offset = source.allocate();
      if (offset < 0) break;
      this.#moving.push(offset);
    }
    this.#isTaking = false;
  }

  /** Tells the host the numbers of the moving pages (5.5.6.1). */
  #tell(queue: Virtqueue): void {
    let at = this.#list;
    for (const offset of this.#moving) {
      this.#view.setUint32(at, this.#pageNumber(offset), true);
      at += NUMBER_BYTES;
    }
    const slot = queue.take();
    queue.describe(slot, 0, this.#list, at - this.#list, false, true);
    queue.offer(slot, 1);
    queue.kick();
    this.#busy = queue;
  }

  #pageNumber(offset: number): number {
    const number = this.#device.address(offset, PAGE_BYTES) / PAGE_BYTES;
    if (!Number.isInteger(number) || number >= 2 ** 32) {
      throw new RangeError(`packet memory at ${offset} is no page with a number of 32 bits`);
    }
    return number;
  }
}

/**
 * Drives a virtio memory balloon.
 *
 * @param source What the pages are taken from.
 * @throws DeviceError when the device can't be used.
 */
export function createVirtioBalloon(
  transport: VirtioTransport,
  needs: DriverNeeds,
  source: PageSource,
  limits: VirtioBalloonLimits = VIRTIO_BALLOON_LIMITS,
  deviceLimits: VirtioLimits = VIRTIO_LIMITS,
): VirtioBalloon {
  return openDriver(transport, needs, deviceLimits, {
    deviceType: DEVICE_TYPE.BALLOON,
    noun: "memory balloon",
    features: () => Object.values(FEATURE),
    build(device) {
      const inflate = device.createQueue(QUEUE.INFLATE, 2, 1);
      const deflate = device.createQueue(QUEUE.DEFLATE, 2, 1);
      if (inflate === undefined || deflate === undefined) {
        throw new DeviceError(`${transport.name}: it lacks a queue to inflate or to deflate`);
      }
      return new VirtioBalloonDevice(device, inflate, deflate, source, limits);
    },
  });
}
