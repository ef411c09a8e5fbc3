/** A packed virtqueue from the device's side (virtio 1.3, 2.8). */
import type { Chain, Part } from "./device-queue.ts";
import { DeviceQueue } from "./device-queue.ts";

const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;
const AVAIL = 0x80;
const USED = 0x8000;
const EVENT = { ENABLE: 0, DISABLE: 1, DESC: 2 } as const;

export class PackedDeviceQueue extends DeviceQueue {
  #nextAvailable = 0;
  #availableWrap = true;
  #nextUsed = 0;
  #usedWrap = true;
  /** Descriptors passed over since the driver was asked whether it wants an interrupt. */
  #unsignalled = 0;

  take(): Chain | undefined {
    const { descriptors, size } = this.setup;
    if (!this.#isAvailable(this.#nextAvailable)) return undefined;
    const parts: Part[] = [];
    let count = 0;
    for (;;) {
      const at = descriptors + 16 * this.#nextAvailable;
      const flags = this.memory.read16(at + 14);
      const id = this.memory.read16(at + 12);
      if (count > 0 && !this.#isAvailable(this.#nextAvailable)) {
        this.violation("a list whose head is shown before the rest (2.8.16)");
      }
      this.#advance();
      count++;
      if ((flags & INDIRECT) !== 0) {
        if ((flags & NEXT) !== 0 || count > 1) this.violation("a table in a list (2.8.19)");
        const address = this.memory.readAddress(at);
        return this.accept(id, this.readTable(address, this.memory.read32(at + 8), true), 1);
      }
      parts.push(this.readPart(at, flags));
      if ((flags & NEXT) === 0) return this.accept(id, parts, count);
      if (count > size) {
        this.violation("a list that does not end");
        return undefined;
      }
    }
  }

  writeUsed(id: number, length: number, count: number): void {
    const at = this.setup.descriptors + 16 * this.#nextUsed;
    this.memory.write32(at + 8, length);
    this.memory.write16(at + 12, id & 0xffff);
    const written = length > 0 ? WRITE : 0;
    this.memory.write16(at + 14, (this.#usedWrap ? AVAIL | USED : 0) | written);
    this.#unsignalled += count;
    this.#nextUsed += count;
    if (this.#nextUsed < this.setup.size) return;
    this.#nextUsed -= this.setup.size;
    this.#usedWrap = !this.#usedWrap;
  }

  askForNotification(): void {
    const { device, hasEventIndex } = this.setup;
    this.memory.write16(device, this.#nextAvailable | (this.#availableWrap ? 0x8000 : 0));
    this.memory.write16(device + 2, hasEventIndex ? EVENT.DESC : EVENT.ENABLE);
  }

  refuseNotifications(): void {
    this.memory.write16(this.setup.device + 2, EVENT.DISABLE);
  }

  takeInterruptWish(): boolean {
    const added = this.#unsignalled;
    this.#unsignalled = 0;
    if (added === 0) return false;
    const { driver, size, hasEventIndex } = this.setup;
    const flags = this.memory.read16(driver + 2);
    if (flags === EVENT.DISABLE) return false;
    if (flags === EVENT.ENABLE) return true;
    if (flags !== EVENT.DESC || !hasEventIndex) this.violation(`event flags ${flags}`);
    const event = this.memory.read16(driver);
    const isSameWrap = event >= 0x8000 === this.#usedWrap;
    const distance = this.#nextUsed - 1 - ((event & 0x7fff) - (isSameWrap ? 0 : size));
    return distance >= 0 && distance < added;
  }

  jump(): void {
    for (let count = 0; count < this.setup.size - 1; count++) this.writeUsed(count, 1, 1);
  }

  #isAvailable(index: number): boolean {
    const flags = this.memory.read16(this.setup.descriptors + 16 * index + 14);
    return (
      ((flags & AVAIL) !== 0) === this.#availableWrap &&
      ((flags & USED) !== 0) !== this.#availableWrap
    );
  }

  #advance(): void {
    if (++this.#nextAvailable < this.setup.size) return;
    this.#nextAvailable = 0;
    this.#availableWrap = !this.#availableWrap;
  }
}
