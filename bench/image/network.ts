/**
 * The network of the benchmark: one TAP for each side, in a network namespace of its own, so that
 * nothing of the host is touched and no route leads out.
 */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Whose guest: an image of ours, or Linux with Node. */
export type Side = "ours" | "peer";

/** One TAP and the addresses at its ends. */
export interface Link {
  readonly tap: string;
  readonly hostAddress: string;
  readonly guestAddress: string;
  readonly prefixLength: number;
  readonly guestMac: string;
}

export const LINKS: Readonly<Record<Side, Link>> = {
  ours: {
    tap: "bench0",
    hostAddress: "10.77.1.1",
    guestAddress: "10.77.1.2",
    prefixLength: 24,
    guestMac: "52:54:00:77:01:02",
  },
  peer: {
    tap: "bench1",
    hostAddress: "10.77.2.1",
    guestAddress: "10.77.2.2",
    prefixLength: 24,
    guestMac: "52:54:00:77:02:02",
  },
};

/** Makes the TAPs; this process runs in the namespace already, and they go away with it. */
export async function makeLinks(): Promise<void> {
  await ip("link set lo up");
  for (const { tap, hostAddress, guestAddress, prefixLength, guestMac } of Object.values(LINKS)) {
    await ip(`tuntap add dev ${tap} mode tap vnet_hdr`);
    // Nobody speaks IPv6 here; the host's own questions would wake idle guests.
    writeFileSync(`/proc/sys/net/ipv6/conf/${tap}/disable_ipv6`, "1");
    await ip(`address add ${hostAddress}/${prefixLength} dev ${tap}`);
    await ip(`link set ${tap} up`);
    // The guests' addresses are known: nobody measures how long Linux takes to ask again.
    await ip(`neighbour add ${guestAddress} lladdr ${guestMac} nud permanent dev ${tap}`);
  }
}

async function ip(command: string): Promise<void> {
  try {
    await run("ip", command.split(" "));
  } catch (error) {
    const { stderr = "" } = error as { stderr?: string };
    throw new Error(`ip ${command}: ${stderr.trim() || String(error)}`, { cause: error });
  }
}
