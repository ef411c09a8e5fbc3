/** A virtio entropy device (virtio 1.3, 5.4). */
import type { DeviceQueue } from "./device-queue.ts";
import type { ModelOptions } from "./virtio-model.ts";
import { VirtioModel } from "./virtio-model.ts";

export class EntropyModel extends VirtioModel {
  /** The most bytes that it writes to one buffer. */
  readonly #portion: number;

  constructor(options: ModelOptions & { readonly portion?: number } = {}) {
    super(4, 1, 0, [], options);
    this.#portion = options.portion ?? Infinity;
  }

  process(queue: DeviceQueue): void {
    for (let chain = queue.take(); chain !== undefined; chain = queue.take()) {
      const buffer = chain;
      if (buffer.readableBytes > 0) queue.violation("a buffer to read (5.4.6.1)");
      this.later(3, () => {
        const bytes = new Uint8Array(Math.min(buffer.writableBytes, this.#portion));
        this.host.random.fill(bytes);
        this.finish(queue, buffer, bytes);
        if (this.isRunning) this.signal(queue);
      });
    }
  }
}
