/** What is measured beside smoltcp, by name. */
import type { SmoltcpMode } from "../peers/smoltcp.ts";
import { createBulk } from "./bulk.ts";
import { connectComponents } from "./component.ts";
import { connectPair, LARGE_SEGMENTS, MTU_1500 } from "./pair.ts";
import { createPingPong } from "./ping-pong.ts";

const MTU_BYTES = 1500;

export interface SmoltcpRow {
  readonly name: string;
  readonly mode: SmoltcpMode;
  readonly unit: string;
  /** Connects, and returns a measurement that can be repeated. */
  prepare(): (seconds: number) => number;
}

/**
 * "component" is TCP with nothing beneath it; the others run kernel, Ethernet, ARP and IPv4 as well,
 * over a device pair. The ping-pong is measured in both ways: its floor is the component's.
 */
export const SMOLTCP_ROWS: readonly SmoltcpRow[] = [
  {
    name: "bulk-mtu1500",
    mode: "bulk-mtu1500",
    unit: "Gbit/s",
    prepare: () => createBulk(connectPair(MTU_1500)),
  },
  {
    name: "bulk-mtu1500 component",
    mode: "bulk-mtu1500",
    unit: "Gbit/s",
    prepare: () => createBulk(connectComponents(MTU_BYTES)),
  },
  {
    name: "bulk-64k",
    mode: "bulk-64k",
    unit: "Gbit/s",
    prepare: () => createBulk(connectPair(LARGE_SEGMENTS)),
  },
  {
    name: "pingpong-64",
    mode: "pingpong-64",
    unit: "round trips/s",
    prepare: () => createPingPong(connectComponents(MTU_BYTES)),
  },
  {
    name: "pingpong-64 whole stack",
    mode: "pingpong-64",
    unit: "round trips/s",
    prepare: () => createPingPong(connectPair(MTU_1500)),
  },
];
