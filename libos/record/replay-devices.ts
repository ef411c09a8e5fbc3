/** The devices of a replay: network and block devices that answer what was recorded. */
import type {
  AcceptFrame,
  BlockDevice,
  BlockDeviceInfo,
  BlockStatus,
  NetDevice,
  NetDeviceInfo,
  PacketMemory,
  ReceiveOffload,
  TransmitFrame,
} from "../hal/mod.ts";
import type { TransmitDigest } from "./digest.ts";
import { JOB, TAG, type RecordedNet } from "./format.ts";
import { BLOCK_STATUSES } from "./recording.ts";
import type { ShareLog } from "./record-share.ts";

/** The recording, as the replayed devices read their answers from it. */
export interface AnswerLog extends ShareLog {
  readonly isOver: boolean;
  readonly memory: PacketMemory;
  /** Where received frames are put. */
  readonly frameOffset: number;
  readonly digest: TransmitDigest;
  /**
   * Consumes an entry with `tag` by `read`. Where something else was recorded, or nothing, the
   * replay ends and `otherwise` is the answer.
   */
  take<Value>(tag: number, what: string, otherwise: Value, read: () => Value): Value;
  /** Consumes a deviation of `device` at its call number `call`. @returns Its value, or -1. */
  deviation(tag: number, device: number, call: number): number;
}

/** A network device that receives what was recorded, and whose transmits go into the digest. */
export function replayNet(replay: AnswerLog, info: RecordedNet, index: number): NetDevice {
  return new ReplayedNetDevice(replay, info, index);
}

class ReplayedNetDevice implements NetDevice {
  readonly info: NetDeviceInfo;
  readonly #replay: AnswerLog;
  readonly #index: number;
  readonly #offload: ReceiveOffload = { checksumValid: false, segmentBytes: 0 };
  #submitted = 0;
  #transmitCalls = 0;
  #transmittedCalls = 0;
  #linkCalls = 0;

  constructor(replay: AnswerLog, info: RecordedNet, index: number) {
    this.#replay = replay;
    this.#index = index;
    this.info = {
      ...info,
      hardwareAddress: Uint8Array.from(info.hardwareAddress),
      offloads: info.offloads as unknown as NetDeviceInfo["offloads"],
    };
  }

  receive(accept: AcceptFrame, _budget: number): number {
    const replay = this.#replay;
    const what = `frames of ${this.info.name}`;
    let count = 0;
    while (!replay.isOver && replay.reader.peek() === TAG.FRAME) {
      const length = replay.take(TAG.FRAME, what, 0, () => this.#readFrame());
      if (length === 0) return count;
      accept(replay.frameOffset, length, this.#offload);
      count++;
    }
    return replay.take(TAG.RECEIVED, what, count, () => {
      replay.reader.varint();
      return count;
    });
  }

  /** @returns The frame's length; its bytes lie at `frameOffset`. */
  #readFrame(): number {
    const { reader, memory, frameOffset } = this.#replay;
    reader.varint();
    const lengthAndFlag = reader.varint();
    const length = Math.floor(lengthAndFlag / 2);
    this.#offload.checksumValid = lengthAndFlag % 2 === 1;
    this.#offload.segmentBytes = reader.varint();
    memory.copyIn(frameOffset, reader.bytes(length), 0, length);
    return length;
  }

  transmit(frame: TransmitFrame): boolean {
    const call = this.#transmitCalls++;
    if (this.#replay.deviation(TAG.TRANSMIT_FULL, this.#index, call) >= 0) return false;
    if (this.#replay.isOver) return true;
    this.#submitted++;
    this.#replay.digest.add(this.#index, frame);
    return true;
  }

  flush(): void {}

  transmitted(): number {
    const call = this.#transmittedCalls++;
    const recorded = this.#replay.deviation(TAG.TRANSMITTED, this.#index, call);
    return recorded >= 0 ? recorded : this.#submitted;
  }

  linkUp(): boolean {
    return this.#replay.deviation(TAG.LINK, this.#index, this.#linkCalls++) < 0;
  }

  onReady(handler: () => void): void {
    this.#replay.onReady(JOB.NET, this.#index, handler);
  }
}

/** A block device that completes what was recorded. */
export function replayBlock(replay: AnswerLog, recorded: unknown, index: number): BlockDevice {
  const { reader } = replay;
  const info = recorded as BlockDeviceInfo & { readonly hasSync: boolean };
  const offsets = new Map<number, number>();
  let submitCalls = 0;
  const readStatus = (offset: number | undefined): BlockStatus => {
    const status = BLOCK_STATUSES[reader.byte()] ?? "io-error";
    const data = reader.bytes(reader.varint());
    if (offset !== undefined && data.length > 0) {
      replay.memory.copyIn(offset, data, 0, data.length);
    }
    return status;
  };
  const device: BlockDevice = {
    info,
    submit(_operation, _sector, _count, offset, token) {
      if (replay.deviation(TAG.SUBMIT_FULL, index, submitCalls++) >= 0) return false;
      offsets.set(token, offset);
      return true;
    },
    complete(accept) {
      let count = 0;
      while (!replay.isOver && reader.peek() === TAG.COMPLETION) {
        const [token, status] = replay.take<[number, BlockStatus]>(
          TAG.COMPLETION,
          `completions of ${info.name}`,
          [0, "io-error"],
          () => {
            reader.varint();
            const ofToken = reader.signed();
            return [ofToken, readStatus(offsets.get(ofToken))];
          },
        );
        offsets.delete(token);
        accept(token, status);
        count++;
      }
      return replay.take(TAG.COMPLETED, `completions of ${info.name}`, count, () => {
        reader.varint();
        return count;
      });
    },
    onReady: (handler) => replay.onReady(JOB.BLOCK, index, handler),
  };
  if (!info.hasSync) return device;
  return {
    ...device,
    transferSync: (_operation, _sector, _count, offset) =>
      replay.take<BlockStatus>(TAG.TRANSFER_SYNC, `sectors of ${info.name}`, "io-error", () => {
        reader.varint();
        return readStatus(offset);
      }),
  };
}
