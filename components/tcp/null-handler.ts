import type { TcpHandler } from "./types.ts";

/** The handler of a connection that has none yet, or none any more: it consumes nothing. */
export const NULL_HANDLER: TcpHandler = {
  onConnect(): void {},
  onData(): number {
    return 0;
  },
  onEnd(): void {},
  onSpace(): void {},
  onClose(): void {},
};
