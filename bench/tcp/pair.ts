/** Two systems of one process on one cable, with an established connection between them. */
import { parseIpv4 } from "../../components/ipv4/mod.ts";
import { NULL_HANDLER, type TcpConnection } from "../../components/tcp/mod.ts";
import { createDevicePair, createJobQueue, createSlab } from "../../host-adapters/shared/mod.ts";
import type { NetOffloads } from "../../libos/hal/mod.ts";
import { type BenchHost, createHost } from "./host.ts";

export interface LinkOptions {
  readonly mtuBytes: number;
  readonly offloads?: Partial<NetOffloads>;
}

/** Ethernet with checksums in every segment, computed and verified by the stacks. */
export const MTU_1500: LinkOptions = { mtuBytes: 1500 };

/** Segments of 64 KiB pass whole, and nobody computes a checksum. */
export const LARGE_SEGMENTS: LinkOptions = {
  mtuBytes: 1500,
  offloads: {
    transmitChecksum: true,
    receiveChecksum: true,
    tcp4SegmentationBytes: 65_535,
    largeReceiveBytes: 65_535,
  },
};

export interface BenchPair {
  readonly client: TcpConnection;
  readonly server: TcpConnection;
  readonly clientHost: Pick<BenchHost, "tcp" | "memory">;
  readonly serverHost: Pick<BenchHost, "tcp" | "memory">;
  /** Runs the systems until `until` says so (asked about once in a millisecond) or nothing moves. */
  run(until: () => boolean): void;
}

const REGION_BYTES = 2 ** 24;
const SLAB_BYTES = 2 ** 26;
const PORT = 7;
const SERVER = "10.0.0.2";

/** Jobs between two looks at the clock. */
const JOBS_PER_LOOK = 256;

export function connectPair(link: LinkOptions): BenchPair {
  const jobs = createJobQueue();
  const slab = createSlab(SLAB_BYTES);
  const cable = createDevicePair(slab, { ...link, schedule: jobs.schedule });
  const clientHost = createHost(jobs.schedule, slab.region(REGION_BYTES), cable.a, "10.0.0.1/24");
  const serverHost = createHost(jobs.schedule, slab.region(REGION_BYTES), cable.b, `${SERVER}/24`);
  let server: TcpConnection | undefined;
  serverHost.tcp.listen({
    address: 0,
    port: PORT,
    onConnection(connection) {
      server = connection;
    },
  });
  const client = clientHost.tcp.connect({
    address: parseIpv4(SERVER)!,
    port: PORT,
    handler: NULL_HANDLER,
  });
  if (typeof client === "string") throw new Error(`connect: ${client}`);
  const run = (until: () => boolean): void => {
    while (!until()) {
      if (jobs.run(JOBS_PER_LOOK) > 0) continue;
      clientHost.poll();
      serverHost.poll();
    }
  };
  run(() => server !== undefined && client.state === "ESTABLISHED");
  return { client, server: server!, clientHost, serverHost, run };
}
