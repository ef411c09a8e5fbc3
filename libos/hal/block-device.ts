/** The fixed properties of a block device. */
export interface BlockDeviceInfo {
  /** The device's name: "disk0". */
  readonly name: string;
  /** Bytes in a sector: 512 or 4096. */
  readonly sectorBytes: number;
  readonly sectorCount: number;
  readonly readOnly: boolean;
  /** True when `discard` does something. */
  readonly discards: boolean;
  /** The most sectors in one request. */
  readonly maxRequestSectors: number;
  /** The most requests between `submit` and their completion. */
  readonly queueRequests: number;
}

/** What a request asks for. */
export type BlockOperation = "read" | "write" | "flush" | "discard";

/** How a request ended. "read-only" and "range" are refused by the device without any effect. */
export type BlockStatus = "ok" | "io-error" | "read-only" | "range";

/**
 * A device that stores sectors.
 *
 * A sector is written whole or not at all, unless power is lost: then a sector under way may hold
 * the old bytes, the new ones, or on a bad disk a mixture. Requests may complete in any order, and
 * a write is durable only once a `flush` that was submitted after its completion has completed.
 */
export interface BlockDevice {
  readonly info: BlockDeviceInfo;
  /**
   * Starts one request. Until it completes, its memory belongs to the device.
   *
   * @param operation "flush" ignores the other arguments but `token`; "discard" ignores `offset`.
   * @param sector First sector, 0 .. sectorCount - 1.
   * @param count Sectors, 1 .. `maxRequestSectors`.
   * @param offset Where the data lies in packet memory, aligned to 4.
   * @param token Any integer of the caller's; it comes back with the completion.
   * @returns False when the queue is full: nothing was started, and `onReady` follows.
   */
  submit(
    operation: BlockOperation,
    sector: number,
    count: number,
    offset: number,
    token: number,
  ): boolean;
  /**
   * Hands over completions since the last call; each token exactly once.
   *
   * @returns The number of calls made to `accept`.
   */
  complete(accept: (token: number, status: BlockStatus) => void): number;
  /** Sets the one handler for: completions, room in the queue. */
  onReady(handler: () => void): void;
  /**
   * Blocking is a capability: where it exists, this does a whole request before it returns, after
   * every request that was submitted before. The synchronous half of `fs` needs it.
   */
  transferSync?(
    operation: BlockOperation,
    sector: number,
    count: number,
    offset: number,
  ): BlockStatus;
}
