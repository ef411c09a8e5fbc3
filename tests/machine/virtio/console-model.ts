/** A virtio console with one port (virtio 1.3, 5.3). */
import type { Chain, DeviceQueue } from "./device-queue.ts";
import type { ModelOptions } from "./virtio-model.ts";
import { VirtioModel } from "./virtio-model.ts";

export class ConsoleModel extends VirtioModel {
  /** What the driver has written. */
  readonly output: number[] = [];
  readonly #input: Uint8Array[] = [];
  readonly #buffers: Chain[] = [];

  constructor(options: ModelOptions = {}) {
    super(3, 2, 12, [], options);
  }

  type(bytes: Uint8Array): void {
    this.#input.push(bytes.slice());
    this.later(1, () => this.#fill());
  }

  override onReset(): void {
    this.#buffers.length = 0;
  }

  process(queue: DeviceQueue): void {
    for (let chain = queue.take(); chain !== undefined; chain = queue.take()) {
      const buffer = chain;
      if (queue.index === 0) {
        if (buffer.readableBytes > 0) queue.violation("a buffer for input to read");
        this.#buffers.push(buffer);
        continue;
      }
      this.output.push(...queue.readAll(buffer));
      this.later(5, () => {
        this.finish(queue, buffer);
        if (this.isRunning) this.signal(queue);
      });
    }
    if (queue.index === 0) this.#fill();
  }

  #fill(): void {
    const queue = this.queue(0);
    if (queue === undefined) return;
    while (this.#input.length > 0 && this.#buffers.length > 0) {
      const chain = this.#buffers.shift()!;
      const bytes = this.#input[0]!.subarray(0, chain.writableBytes);
      const rest = this.#input[0]!.subarray(bytes.length);
      if (rest.length > 0) this.#input[0] = rest;
      else this.#input.shift();
      this.finish(queue, chain, bytes);
      if (!this.isRunning) return;
    }
    this.signal(queue);
  }
}
