/** The server on UDP and TCP (RFC 1035, 4.2; RFC 7766). */
import type { Kernel } from "../../libos/kernel/mod.ts";
import { DNS_PORT } from "../dns/mod.ts";
import { ANY_ADDRESS, type Address } from "../ip/mod.ts";
import type { Tcp } from "../tcp/mod.ts";
import type { Udp } from "../udp/mod.ts";
import { DNS_SERVER_LIMITS, type DnsServerLimits } from "./limits.ts";
import { DnsResponder, type DnsServerCounters } from "./responder.ts";
import { TcpSessions } from "./tcp-sessions.ts";
import type { Zone } from "./zone.ts";

/** What a server stands on. */
export interface DnsServerNeeds {
  readonly kernel: Kernel;
  readonly udp: Udp;
  readonly tcp: Tcp;
}

/** What a server serves, and where. */
export interface DnsServerOptions {
  readonly zones: readonly Zone[];
  /** Default: any address of ours. */
  readonly address?: Address;
  /** Default 53. */
  readonly port?: number;
  readonly limits?: DnsServerLimits;
}

/** An authoritative server that runs. */
export interface AuthoritativeServer {
  readonly counters: Readonly<DnsServerCounters>;
  /** TCP connections that are open. */
  readonly connectionCount: number;
  /** Answers nothing any more, and ends all connections. */
  close(): void;
}

/**
 * Serves zones over UDP and TCP, until it is closed.
 *
 * @throws Error, one line: the port is in use or the address is none of ours; two zones have one
 *   origin; there are too many records.
 */
export function createDnsServer(
  needs: DnsServerNeeds,
  options: DnsServerOptions,
): AuthoritativeServer {
  const { kernel, udp, tcp } = needs;
  const { address = ANY_ADDRESS, port = DNS_PORT, limits = DNS_SERVER_LIMITS } = options;
  const responder = new DnsResponder(options.zones, limits);
  const memory = kernel.memory.packet.bytes;
  const socket = udp.bind({
    address,
    port,
    handler: {
      onDatagram(from, offset, length, remoteAddress, remotePort) {
        const bytes = responder.respond(memory, offset, length, false);
        // What the device has no room for is lost, as any datagram may be: the client asks again.
        if (bytes > 0) from.send(responder.response, 0, bytes, remoteAddress, remotePort);
      },
    },
  });
  if (typeof socket === "string") throw new Error(`UDP port ${port}: ${socket}`);
  const sessions = new TcpSessions(kernel, responder, limits);
  const listener = tcp.listen({
    address,
    port,
    onConnection: (connection) => sessions.open(connection),
  });
  if (typeof listener === "string") {
    socket.close();
    throw new Error(`TCP port ${port}: ${listener}`);
  }
  return {
    counters: responder.counters,
    get connectionCount(): number {
      return sessions.count;
    },
    close() {
      socket.close();
      listener.close();
      sessions.close();
    },
  };
}
