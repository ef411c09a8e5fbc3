/** A virtio network device (virtio 1.3, 5.1), with a cable to another one or to a test. */
import type { Chain, DeviceQueue } from "./device-queue.ts";
import { type CableFrame, completeChecksum, cut } from "./segments.ts";
import type { ModelOptions } from "./virtio-model.ts";
import { VirtioModel } from "./virtio-model.ts";

/** Feature bits (5.1.3). */
export const NET_FEATURE = {
  CSUM: 0,
  GUEST_CSUM: 1,
  MTU: 3,
  MAC: 5,
  GUEST_TSO4: 7,
  HOST_TSO4: 11,
  MRG_RXBUF: 15,
  STATUS: 16,
  CTRL_VQ: 17,
  MQ: 22,
} as const;

export interface NetModelOptions extends ModelOptions {
  /** Default: MAC, STATUS and MRG_RXBUF. */
  readonly features?: readonly number[];
  readonly mac?: readonly number[];
  readonly mtuBytes?: number;
  /** Queue pairs, with MQ. */
  readonly pairs?: number;
}

const HEADER_BYTES = 12;
const NEEDS_CSUM = 1;
const GSO_NONE = 0;
const GSO_TCPV4 = 1;
/** Frames that wait for the far end's buffers; then the near end stops sending. */
const CABLE_FRAMES = 64;

interface LeavingFrame {
  readonly queue: DeviceQueue;
  readonly chain: Chain;
  readonly frame: CableFrame | undefined;
}

export class NetModel extends VirtioModel {
  /** Frames that the driver has sent, in order, for tests without a cable. */
  readonly sent: CableFrame[] = [];
  /** The queue of each frame that the driver has sent. */
  readonly sentBy: number[] = [];
  /** Queues that the device does not look at for the time being. */
  readonly heldQueues: Set<number> = new Set<number>();
  /** What the control queue answers: by itself, always the same, or nothing. */
  controlAnswer: "rightly" | "never" | number = "rightly";
  readonly #pairs: number;
  readonly #backlog: CableFrame[] = [];
  /** Frames that were read and not completed yet. */
  readonly #leaving: LeavingFrame[] = [];
  /** Completes frames to send in another order than they came. */
  shuffles = true;
  #peer: NetModel | undefined;
  /** Buffers for received frames, taken from the rings, by pair. */
  #receive: Chain[][] = [];
  #receiveQueues: (DeviceQueue | undefined)[] = [];
  /** Pairs that the driver has switched on by the control queue (5.1.6.5.5). */
  #activePairs = 1;
  /** Which pair receives a frame: frames of one flow by one pair. */
  steer: (frame: CableFrame) => number = steerByFlow;
  /** Changes the header of a received frame: 12 bytes. */
  spoilHeader: (header: Uint8Array) => void = () => {};

  constructor(options: NetModelOptions = {}) {
    const pairs = options.pairs ?? 1;
    const features = options.features ?? [
      NET_FEATURE.MAC,
      NET_FEATURE.STATUS,
      NET_FEATURE.MRG_RXBUF,
    ];
    super(1, 2 * pairs + (features.includes(NET_FEATURE.CTRL_VQ) ? 1 : 0), 12, features, options);
    this.#pairs = pairs;
    this.config.set(options.mac ?? [2, 0, 0, 0, 0, 1]);
    this.config[6] = 1;
    this.config[8] = pairs;
    const mtu = options.mtuBytes ?? 1500;
    this.config[10] = mtu & 255;
    this.config[11] = mtu >> 8;
  }

  get activePairs(): number {
    return this.#activePairs;
  }

  connect(peer: NetModel): void {
    this.#peer = peer;
    peer.#peer = this;
  }

  setLink(isUp: boolean): void {
    this.config[6] = isUp ? 1 : 0;
    this.changeConfig();
  }

  /** A frame arrives from the cable. */
  deliver(frame: CableFrame): void {
    if (this.config[6] === 0) return;
    if (frame.segmentBytes > 0 && !this.has(NET_FEATURE.GUEST_TSO4)) {
      this.#backlog.push(...cut(frame));
    } else {
      this.#backlog.push(this.has(NET_FEATURE.GUEST_CSUM) ? frame : completeChecksum(frame));
    }
    this.later(1, () => this.#fill());
  }

  override onReset(): void {
    this.#receive = [];
    this.#receiveQueues = [];
    this.#activePairs = 1;
    this.#backlog.length = 0;
    this.#leaving.length = 0;
  }

  process(queue: DeviceQueue): void {
    if (this.heldQueues.has(queue.index)) return;
    const isControl = queue.index === 2 * this.#pairs;
    if (isControl) this.#control(queue);
    else if (queue.index % 2 === 1) this.#transmit(queue);
    else this.#takeBuffers(queue);
  }

  get #isPeerFull(): boolean {
    const waiting = this.#peer === undefined ? 0 : this.#peer.#backlog.length;
    return waiting + this.#leaving.length >= CABLE_FRAMES;
  }

  #transmit(queue: DeviceQueue): void {
    while (!this.#isPeerFull) {
      const chain = queue.take();
      if (chain === undefined) return;
      if (chain.writableBytes > 0) queue.violation("a frame to send with parts to write");
      if (queue.index > 2 * this.#activePairs) queue.violation("a pair that is switched off");
      const frame = this.#parse(queue, queue.readAll(chain));
      this.sentBy.push(queue.index);
      this.#leaving.push({ queue, chain, frame });
      // The device owns the frame for a while after it has read it.
      if (this.#leaving.length === 1) {
        this.later(this.host.random.below(10), () => this.#send());
      }
    }
  }

  /** Completes what was read, and only then sends it: whoever gets it may count on its memory. */
  #send(): void {
    const batch = this.#leaving.splice(0);
    const order = this.shuffles ? batch.toReversed() : batch;
    for (const { queue, chain } of order) {
      this.finish(queue, chain);
      if (!this.isRunning) return;
    }
    const queues = new Set(batch.map(({ queue }) => queue));
    for (const queue of queues) this.signal(queue);
    for (const { frame } of batch) {
      if (frame === undefined) continue;
      if (this.#peer === undefined) this.sent.push(frame);
      else if (this.config[6] === 1) this.#peer.deliver(frame);
    }
    for (const queue of queues) this.#transmit(queue);
  }

  /** What the driver must keep to in a header (5.1.6.2.1). */
  #parse(queue: DeviceQueue, bytes: Uint8Array): CableFrame | undefined {
    if (bytes.length < HEADER_BYTES + 14) {
      queue.violation(`a frame of ${bytes.length} bytes with its header`);
      return undefined;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const [flags, gsoType] = [bytes[0]!, bytes[1]!];
    const [headerBytes, segmentBytes, start, offset] = [2, 4, 6, 8].map((at) =>
      view.getUint16(at, true),
    ) as [number, number, number, number];
    const frame = bytes.slice(HEADER_BYTES);
    if ((flags & ~NEEDS_CSUM) !== 0) queue.violation(`header flags ${flags}`);
    if (flags !== 0 && !this.has(NET_FEATURE.CSUM)) queue.violation("a checksum not negotiated");
    if (flags !== 0 && start + offset + 2 > frame.length) queue.violation("a checksum outside");
    if (view.getUint16(10, true) !== 0) queue.violation("num_buffers of a frame to send");
    const isCut = gsoType !== GSO_NONE;
    if (isCut && (gsoType !== GSO_TCPV4 || !this.has(NET_FEATURE.HOST_TSO4) || flags === 0)) {
      queue.violation(`segmentation ${gsoType} with flags ${flags}`);
    }
    const mtu = this.config[10]! + 256 * this.config[11]!;
    const longest = isCut ? headerBytes + segmentBytes : frame.length;
    if (longest > mtu + 14) queue.violation(`a frame of ${longest} bytes`);
    return {
      bytes: frame,
      checksumStart: flags === 0 ? -1 : start,
      checksumOffset: offset,
      segmentBytes: isCut ? segmentBytes : 0,
      headerBytes,
    };
  }

  #takeBuffers(queue: DeviceQueue): void {
    const pair = queue.index / 2;
    this.#receiveQueues[pair] = queue;
    const buffers = (this.#receive[pair] ??= []);
    for (let chain = queue.take(); chain !== undefined; chain = queue.take()) {
      if (chain.readableBytes > 0) queue.violation("a buffer to receive with parts to read");
      if (!this.has(NET_FEATURE.MRG_RXBUF) && chain.writableBytes < HEADER_BYTES + 1514) {
        queue.violation(`a buffer of ${chain.writableBytes} bytes (5.1.6.3.1)`);
      }
      buffers.push(chain);
    }
    this.#fill();
  }

  /** Frames into buffers, as many as there are. */
  #fill(): void {
    const wasFull = this.#backlog.length >= CABLE_FRAMES;
    while (this.#backlog.length > 0) {
      const pair = this.steer(this.#backlog[0]!) % this.#activePairs;
      const queue = this.#receiveQueues[pair];
      if (queue === undefined || !this.#put(queue, this.#receive[pair]!, this.#backlog[0]!)) break;
      this.#backlog.shift();
      if (!this.isRunning) return;
    }
    for (const queue of this.#receiveQueues) if (queue !== undefined) this.signal(queue);
    if (wasFull && this.#backlog.length < CABLE_FRAMES) this.#peer?.resume();
  }

  /** There is room on the cable again. */
  resume(): void {
    for (let pair = 0; pair < this.#pairs; pair++) this.kick(2 * pair + 1);
  }

  /** @returns False when there are not enough buffers: the frame waits. */
  #put(queue: DeviceQueue, buffers: Chain[], frame: CableFrame): boolean {
    const total = HEADER_BYTES + frame.bytes.length;
    const isMerging = this.has(NET_FEATURE.MRG_RXBUF);
    let room = 0;
    let count = 0;
    const most = isMerging ? buffers.length : Math.min(1, buffers.length);
    while (room < total && count < most) {
      room += buffers[count++]!.writableBytes;
    }
    if (room < total) {
      if (buffers.length === 0 || isMerging) return false;
      queue.violation(`no buffer for ${total} bytes (5.1.6.3.1)`);
      return true;
    }
    const whole = new Uint8Array(total);
    whole.set(this.#header(frame, count));
    whole.set(frame.bytes, HEADER_BYTES);
    let at = 0;
    for (const chain of buffers.splice(0, count)) {
      const bytes = whole.subarray(at, at + chain.writableBytes);
      at += bytes.length;
      this.finish(queue, chain, bytes);
      if (!this.isRunning) return true;
    }
    return true;
  }

  #header(frame: CableFrame, bufferCount: number): Uint8Array {
    const header = new Uint8Array(HEADER_BYTES);
    const view = new DataView(header.buffer);
    if (frame.checksumStart >= 0) {
      header[0] = NEEDS_CSUM;
      view.setUint16(6, frame.checksumStart, true);
      view.setUint16(8, frame.checksumOffset, true);
    }
    if (frame.segmentBytes > 0) {
      header[1] = GSO_TCPV4;
      view.setUint16(2, frame.headerBytes, true);
      view.setUint16(4, frame.segmentBytes, true);
    }
    view.setUint16(10, bufferCount, true);
    this.spoilHeader(header);
    return header;
  }

  /** 5.1.6.5: class, command, data; one byte of acknowledgement. */
  #control(queue: DeviceQueue): void {
    if (this.controlAnswer === "never") return;
    for (let chain = queue.take(); chain !== undefined; chain = queue.take()) {
      const command = queue.readAll(chain);
      const isPairs = command[0] === 4 && command[1] === 0 && command.length === 4;
      const pairs = command[2]! + 256 * command[3]!;
      const isRight = isPairs && pairs >= 1 && pairs <= this.#pairs && chain.writableBytes === 1;
      if (!isRight) queue.violation(`a command of ${command.join()}`);
      const answer = this.controlAnswer === "rightly" ? 0 : this.controlAnswer;
      if (isRight && answer === 0) this.#activePairs = pairs;
      this.finish(queue, chain, Uint8Array.of(isRight ? answer : 1));
    }
    this.signal(queue);
  }
}

/** By addresses and ports; what is not IPv4 is one flow. */
function steerByFlow({ bytes }: CableFrame): number {
  if (bytes[12] !== 8 || bytes[13] !== 0) return 0;
  return bytes.subarray(26, 38).reduce((sum, byte) => sum + byte, 0);
}
