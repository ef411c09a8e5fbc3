/** A virtio memory balloon (virtio 1.3, 5.5). */
import type { DeviceQueue } from "./device-queue.ts";
import type { ModelOptions } from "./virtio-model.ts";
import { VirtioModel } from "./virtio-model.ts";

const PAGE_BYTES = 4096;
const MUST_TELL_HOST = 0;
const DEFLATE_ON_OOM = 2;
/** What the host leaves in a page that it took. */
const SCRIBBLE = 0xee;

export interface BalloonOptions extends ModelOptions {
  /** Features of its own; default: both. */
  readonly features?: readonly number[];
}

export class BalloonModel extends VirtioModel {
  /** Numbers of the pages that the host has. */
  readonly pages: Set<number> = new Set();

  constructor(options: BalloonOptions = {}) {
    super(5, 2, 8, options.features ?? [MUST_TELL_HOST, DEFLATE_ON_OOM], options);
  }

  /** The size of the balloon as the driver says it, in pages. */
  get actual(): number {
    return new DataView(this.config.buffer).getUint32(4, true);
  }

  /** The host wants so many pages. */
  resize(pageCount: number): void {
    new DataView(this.config.buffer).setUint32(0, pageCount, true);
    this.changeConfig();
  }

  override onReset(): void {
    this.pages.clear();
  }

  process(queue: DeviceQueue): void {
    for (let chain = queue.take(); chain !== undefined; chain = queue.take()) {
      const buffer = chain;
      if (buffer.writableBytes > 0) queue.violation("a buffer of page numbers to write (5.5.6)");
      if (buffer.readableBytes === 0 || buffer.readableBytes % 4 !== 0) {
        queue.violation(`${buffer.readableBytes} bytes of page numbers`);
      }
      const numbers = queue.readAll(buffer);
      this.later(3, () => {
        this.#move(queue, new DataView(numbers.buffer));
        this.finish(queue, buffer);
        if (this.isRunning) this.signal(queue);
      });
    }
  }

  #move(queue: DeviceQueue, numbers: DataView): void {
    for (let at = 0; at + 4 <= numbers.byteLength; at += 4) {
      const page = numbers.getUint32(at, true);
      const { memory } = this.host;
      if (!memory.reaches(page * PAGE_BYTES, PAGE_BYTES)) {
        queue.violation(`page ${page} is nobody's`);
      } else if (queue.index === 1) {
        if (!this.pages.delete(page)) queue.violation(`page ${page} is not in the balloon`);
      } else if (this.pages.has(page)) {
        queue.violation(`page ${page} is in the balloon already`);
      } else {
        this.pages.add(page);
        memory.range(page * PAGE_BYTES, PAGE_BYTES).fill(SCRIBBLE);
      }
    }
  }
}
