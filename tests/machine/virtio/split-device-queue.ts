/** A split virtqueue from the device's side (virtio 1.3, 2.7). */
import type { Chain, Part } from "./device-queue.ts";
import { DeviceQueue } from "./device-queue.ts";

const NEXT = 1;
const INDIRECT = 4;

export class SplitDeviceQueue extends DeviceQueue {
  #nextAvailable = 0;
  #used = 0;
  #signalled = 0;

  take(): Chain | undefined {
    const { driver, size } = this.setup;
    const available = this.memory.read16(driver + 2);
    const count = (available - this.#nextAvailable) & 0xffff;
    if (count === 0) return undefined;
    if (count > size) {
      this.violation(`${count} buffers are available in a ring of ${size}`);
      return undefined;
    }
    const head = this.memory.read16(driver + 4 + 2 * (this.#nextAvailable % size));
    this.#nextAvailable = (this.#nextAvailable + 1) & 0xffff;
    if (head >= size) {
      this.violation(`descriptor ${head} of ${size} is available`);
      return undefined;
    }
    const [parts, descriptorCount] = this.#walk(head);
    return this.accept(head, parts, descriptorCount);
  }

  writeUsed(id: number, length: number): void {
    const { device, size } = this.setup;
    const at = device + 4 + 8 * (this.#used % size);
    this.memory.write32(at, id);
    this.memory.write32(at + 4, length);
    this.#used = (this.#used + 1) & 0xffff;
    this.memory.write16(device + 2, this.#used);
  }

  askForNotification(): void {
    const { device, size, hasEventIndex } = this.setup;
    if (hasEventIndex) this.memory.write16(device + 4 + 8 * size, this.#nextAvailable);
    else this.memory.write16(device, 0);
  }

  refuseNotifications(): void {
    if (!this.setup.hasEventIndex) this.memory.write16(this.setup.device, 1);
  }

  takeInterruptWish(): boolean {
    const old = this.#signalled;
    this.#signalled = this.#used;
    if (old === this.#used) return false;
    const { driver, size, hasEventIndex } = this.setup;
    if (!hasEventIndex) return (this.memory.read16(driver) & 1) === 0;
    const event = this.memory.read16(driver + 4 + 2 * size);
    return ((this.#used - event - 1) & 0xffff) < ((this.#used - old) & 0xffff);
  }

  jump(): void {
    this.#used = (this.#used + 300) & 0xffff;
    this.memory.write16(this.setup.device + 2, this.#used);
  }

  #walk(head: number): [Part[], number] {
    const { descriptors, size } = this.setup;
    const parts: Part[] = [];
    let index = head;
    while (parts.length < size) {
      const at = descriptors + 16 * index;
      const flags = this.memory.read16(at + 12);
      if ((flags & INDIRECT) !== 0) {
        if ((flags & ~INDIRECT) !== 0) this.violation(`flags ${flags} beside INDIRECT (2.7.5.3)`);
        const address = this.memory.readAddress(at);
        return [this.readTable(address, this.memory.read32(at + 8), false), 1];
      }
      parts.push(this.readPart(at, flags));
      if ((flags & NEXT) === 0) return [parts, parts.length];
      index = this.memory.read16(at + 14);
      if (index >= size) {
        this.violation(`a chain leads to descriptor ${index} of ${size}`);
        return [parts, parts.length];
      }
    }
    this.violation("a chain that does not end");
    return [parts, parts.length];
  }
}
