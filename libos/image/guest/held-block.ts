/** Requests under way keep an image alive, as an open file operation keeps a Node process. */
import type { BlockDevice } from "../../hal/mod.ts";

/** What counts as work under way. */
export interface Holder {
  hold(): void;
  release(): void;
}

/** @returns The same device; from `submit` to its completion each request holds the image. */
export function holdWhileBusy(device: BlockDevice, holder: Holder): BlockDevice {
  return {
    info: device.info,
    submit(operation, sector, count, offset, token) {
      const isTaken = device.submit(operation, sector, count, offset, token);
      if (isTaken) holder.hold();
      return isTaken;
    },
    complete: (accept) =>
      device.complete((token, status) => {
        // Released after the call, which may begin the next request.
        accept(token, status);
        holder.release();
      }),
    onReady: (handler) => device.onReady(handler),
    ...(device.transferSync && {
      transferSync: (operation, sector, count, offset) =>
        device.transferSync!(operation, sector, count, offset),
    }),
  };
}
