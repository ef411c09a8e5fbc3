/**
 * How good libos has to be beside each peer, as the project's plan states it. A floor is a column of
 * the table, never an assertion: timings depend on the machine and its day.
 */

/** The least ratio for some rows of a suite. */
export interface Floor {
  readonly suite: string;
  readonly rows: RegExp;
  readonly peers: RegExp;
  /** Ours divided by theirs, or theirs by ours where less is better. */
  readonly ratio: number;
  /** Where the figure comes from. */
  readonly source: string;
}

const FLOORS: readonly Floor[] = [
  {
    suite: "tcp",
    rows: /^bulk-64k$/,
    peers: /^smoltcp$/,
    ratio: 0.5,
    source: "64 KiB segments without checksums: half of smoltcp",
  },
  {
    suite: "tcp",
    rows: /^bulk-mtu1500$/,
    peers: /^smoltcp$/,
    ratio: 0.15,
    source: "MTU 1500 with checksums: twice gVisor's netstack (3.0 where smoltcp made 39.7 Gbit/s)",
  },
  {
    suite: "tcp",
    rows: /^pingpong-64$/,
    peers: /^smoltcp$/,
    ratio: 0.25,
    source: "64-byte ping-pong through the TCP component: a quarter of smoltcp",
  },
  {
    suite: "tcp",
    rows: /^net pingpong-64$/,
    peers: /^node:net$/,
    ratio: 3,
    source: "64-byte ping-pong through our net: three times node:net on loopback",
  },
  {
    suite: "http",
    rows: /^hello, \d+ connections?$/,
    peers: /^node:http$/,
    ratio: 0.4,
    source: "HTTP hello through the gateway: 0.4 of plain node:http",
  },
  {
    suite: "fs",
    rows: /./,
    peers: /^memfs$/,
    ratio: 1,
    source: "every operation, synchronous and promised: as fast as memfs",
  },
  {
    suite: "image",
    rows: /^start, /,
    peers: /^Linux, Node$/,
    ratio: 50,
    source: "from QEMU's start to the first answer, less an empty guest's time: 1/50 of Linux",
  },
  {
    suite: "image",
    rows: /^(http|tcp|block), /,
    peers: /^Linux, Node$/,
    ratio: 0.5,
    source: "requests, bulk TCP and blocks: half of Linux with Node in the same machine",
  },
];

/** @returns The floor of a row, or undefined where none is set. */
export function floorOf(suite: string, row: string, peer: string): Floor | undefined {
  return FLOORS.find(
    (floor) => floor.suite === suite && floor.rows.test(row) && floor.peers.test(peer),
  );
}
