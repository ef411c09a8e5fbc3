import type { VirtioDevice } from "./device.ts";

/** The handler that a driver's `onReady` was given. It is not called once the device is closed. */
export class ReadyHandler {
  readonly #device: VirtioDevice;
  #handler: (() => void) | undefined;
  #isAnnounced = false;
  readonly #run: () => void;

  constructor(device: VirtioDevice) {
    this.#device = device;
    this.#run = () => {
      this.#isAnnounced = false;
      this.call();
    };
  }

  set(handler: () => void): void {
    this.#handler = handler;
  }

  /** Calls the handler, from a job of the driver's. */
  call(): void {
    if (!this.#device.isClosed) this.#handler?.();
  }

  /** Calls the handler soon, in a job of its own; at most one such call waits. */
  announce(): void {
    if (this.#isAnnounced) return;
    this.#isAnnounced = true;
    this.#device.needs.schedule(this.#run);
  }
}
