/** What is measured and with what: made outside of the network namespace, used inside. */
import type { LinuxPeer } from "./peer/linux.ts";

/** An image of ours. */
export interface BuiltImage {
  readonly path: string;
  readonly bytes: number;
}

/** Everything that the rows need; it travels as JSON. */
export interface Plan {
  readonly quick: boolean;
  /** Parts of the names of rows; everything when empty. */
  readonly only: readonly string[];
  /** By application. */
  readonly images: Readonly<Record<string, BuiltImage>>;
  /** Absent where it can't be made: only what needs no peer is measured. */
  readonly peer: LinuxPeer | undefined;
  readonly emptyGuestPath: string;
  /** A folder for disks. */
  readonly folder: string;
}
