/** The memory balloon: it takes of the system's packet memory, and gives back what the system lacks. */
import { DeviceError, VIRTIO_LIMITS } from "../../../components/virtio/mod.ts";
import {
  createVirtioBalloon,
  PAGE_BYTES,
  VIRTIO_BALLOON_LIMITS,
} from "../../../components/virtio-balloon/mod.ts";
import { found } from "./balloon-driver.ts";
import { core } from "./core.ts";
import { writeLine } from "./machine.ts";

/** What stays free: this share of packet memory, and no less than this. */
const LEAST_FREE_SHARE = 1 / 4;
const LEAST_FREE_BYTES = 256 << 10;
/** For a host that does not answer where memory is scarce: nobody waits for longer. */
const WAIT_US = 1_000_000;

function open({ transport, needs }: NonNullable<typeof found.device>): void {
  const { memory } = core.kernel;
  const { totalBytes } = memory;
  const leastFreeBytes = Math.max(LEAST_FREE_BYTES, Math.floor(totalBytes * LEAST_FREE_SHARE));
  const owner = memory.owner("balloon", totalBytes);
  const source = {
    get freeBytes(): number {
      return totalBytes - memory.usedBytes;
    },
    allocate: () => owner.allocate(PAGE_BYTES),
    free: (offset: number) => owner.free(offset, PAGE_BYTES),
  };
  const limits = { ...VIRTIO_BALLOON_LIMITS, leastFreeBytes };
  const deviceLimits = { ...VIRTIO_LIMITS, waitUs: WAIT_US };
  const balloon = createVirtioBalloon(transport, needs, source, limits, deviceLimits);
  memory.onScarce(() => balloon.reclaim());
  core.onStop(() => balloon.close());
}

try {
  if (found.device !== undefined) open(found.device);
} catch (error) {
  if (!(error instanceof DeviceError)) throw error;
  writeLine(`libos: ${error.message}`);
}
