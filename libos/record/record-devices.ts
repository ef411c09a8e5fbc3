/** The devices of a recording: network and block devices whose answers are written down. */
import type {
  AcceptFrame,
  BlockDevice,
  BlockOperation,
  BlockStatus,
  Hal,
  NetDevice,
  ReceiveOffload,
  TransmitFrame,
} from "../hal/mod.ts";
import { JOB, TAG } from "./format.ts";
import { BLOCK_STATUSES, type Recording } from "./recording.ts";

/** Wraps a network device: what it answers is written down, and what it takes goes into the digest. */
export function recordNet(device: NetDevice, index: number, recording: Recording): NetDevice {
  return new RecordedNetDevice(device, index, recording);
}

class RecordedNetDevice implements NetDevice {
  readonly info;
  readonly #device: NetDevice;
  readonly #index: number;
  readonly #recording: Recording;
  readonly #acceptAndRecord: AcceptFrame;
  #accept: AcceptFrame = () => {};
  #memory: Uint8Array;
  #transmitCalls = 0;
  #transmittedCalls = 0;
  #linkCalls = 0;
  #submitted = 0;

  constructor(device: NetDevice, index: number, recording: Recording) {
    this.info = device.info;
    this.#device = device;
    this.#index = index;
    this.#recording = recording;
    this.#memory = recording.digest.memoryBytes;
    this.#acceptAndRecord = (offset, length, offload) => this.#frame(offset, length, offload);
  }

  receive(accept: AcceptFrame, budget: number): number {
    if (this.#recording.isEnded) return this.#device.receive(accept, budget);
    this.#accept = accept;
    const count = this.#device.receive(this.#acceptAndRecord, budget);
    const { writer } = this.#recording;
    writer.byte(TAG.RECEIVED);
    writer.varint(this.#index);
    return count;
  }

  #frame(offset: number, length: number, offload: ReceiveOffload): void {
    const { writer } = this.#recording;
    writer.byte(TAG.FRAME);
    writer.varint(this.#index);
    writer.varint(length * 2 + (offload.checksumValid ? 1 : 0));
    writer.varint(offload.segmentBytes);
    writer.bytes(this.#memory, offset, length);
    this.#accept(offset, length, offload);
  }

  transmit(frame: TransmitFrame): boolean {
    const call = this.#transmitCalls++;
    const wasTaken = this.#device.transmit(frame);
    if (this.#recording.isEnded) return wasTaken;
    if (wasTaken) {
      this.#submitted++;
      this.#recording.digest.add(this.#index, frame);
    } else {
      this.#recording.deviation(TAG.TRANSMIT_FULL, this.#index, call, 0);
    }
    return wasTaken;
  }

  flush(): void {
    this.#device.flush();
  }

  transmitted(): number {
    const call = this.#transmittedCalls++;
    const count = this.#device.transmitted();
    if (count !== this.#submitted && !this.#recording.isEnded) {
      this.#recording.deviation(TAG.TRANSMITTED, this.#index, call, count);
    }
    return count;
  }

  linkUp(): boolean {
    const call = this.#linkCalls++;
    const isUp = this.#device.linkUp();
    if (!isUp && !this.#recording.isEnded) {
      this.#recording.deviation(TAG.LINK, this.#index, call, 0);
    }
    return isUp;
  }

  onReady(handler: () => void): void {
    this.#device.onReady(this.#recording.handler(JOB.NET, this.#index, handler));
  }
}

/** Wraps a block device: what it answers is written down, with the bytes that it read. */
export function recordBlock(
  device: BlockDevice,
  index: number,
  recording: Recording,
  hal: Hal,
): BlockDevice {
  const { writer } = recording;
  const { sectorBytes } = device.info;
  const reads = new Map<number, { offset: number; bytes: number }>();
  let submitCalls = 0;
  const writeStatus = (
    status: BlockStatus,
    data: { offset: number; bytes: number } | undefined,
  ) => {
    writer.byte(BLOCK_STATUSES.indexOf(status));
    writer.varint(data?.bytes ?? 0);
    if (data !== undefined) writer.bytes(hal.memory.bytes, data.offset, data.bytes);
  };
  const recorded: BlockDevice = {
    info: device.info,
    submit(operation, sector, count, offset, token) {
      const call = submitCalls++;
      const wasTaken = device.submit(operation, sector, count, offset, token);
      if (!wasTaken && !recording.isEnded) {
        recording.deviation(TAG.SUBMIT_FULL, index, call, 0);
      } else if (operation === "read") {
        reads.set(token, { offset, bytes: count * sectorBytes });
      }
      return wasTaken;
    },
    complete(accept) {
      const count = device.complete((token, status) => {
        if (!recording.isEnded) {
          writer.byte(TAG.COMPLETION);
          writer.varint(index);
          writer.signed(token);
          writeStatus(status, status === "ok" ? reads.get(token) : undefined);
        }
        reads.delete(token);
        accept(token, status);
      });
      if (!recording.isEnded) {
        writer.byte(TAG.COMPLETED);
        writer.varint(index);
      }
      return count;
    },
    onReady(handler) {
      device.onReady(recording.handler(JOB.BLOCK, index, handler));
    },
  };
  if (device.transferSync === undefined) return recorded;
  return {
    ...recorded,
    transferSync(operation: BlockOperation, sector: number, count: number, offset: number) {
      const status = device.transferSync!(operation, sector, count, offset);
      if (!recording.isEnded) {
        writer.byte(TAG.TRANSFER_SYNC);
        writer.varint(index);
        const isRead = operation === "read" && status === "ok";
        writeStatus(status, isRead ? { offset, bytes: count * sectorBytes } : undefined);
      }
      return status;
    },
  };
}
