/** The name server of the gateway's network: UDP and TCP (RFC 7766) at port 53 of its address. */
import {
  DNS,
  DNS_PORT,
  DNS_RCODE,
  type DnsMessage,
  encodeMessage,
  parseMessage,
  responseMessage,
} from "../../components/dns/mod.ts";
import type { Address } from "../../components/ip/mod.ts";
import type { TcpRequest } from "../../components/tcp/mod.ts";
import type { Udp } from "../../components/udp/mod.ts";
import type { Timers } from "../../libos/kernel/mod.ts";
import type { GatewayCounters } from "./counters.ts";
import { answerQuery, judgeQuery, maxResponseBytes } from "./dns-answer.ts";
import { DnsConnection, type DnsConnectionNeeds } from "./dns-connection.ts";
import type { HostSockets } from "./host-sockets.ts";
import type { GatewayLimits } from "./limits.ts";
import { NameService } from "./name-service.ts";
import type { GatewayNetwork } from "./network.ts";

export interface DnsServerNeeds extends Pick<DnsConnectionNeeds, "memory" | "nowUs"> {
  readonly timers: Timers;
  readonly udp: Udp;
  readonly sockets: HostSockets;
  readonly network: GatewayNetwork;
  readonly limits: GatewayLimits;
  readonly counters: GatewayCounters;
}

/** Takes one message and answers it at once or later; or never, where no answer is due. */
export type AnswerDns = (
  bytes: Uint8Array,
  transport: "udp" | "tcp",
  reply: (response: Uint8Array | undefined) => void,
) => void;

/** @returns A header alone that says FORMERR, for what can't be read but has a header. */
function formatError(bytes: Uint8Array): Uint8Array | undefined {
  if (bytes.length < DNS.HEADER_BYTES || (bytes[DNS.FLAGS]! & 0x80) !== 0) return undefined;
  const response = new Uint8Array(DNS.HEADER_BYTES);
  response.set(bytes.subarray(0, DNS.FLAGS));
  response[DNS.FLAGS] = 0x80 | (bytes[DNS.FLAGS]! & 0x79);
  response[DNS.FLAGS + 1] = 0x80 | DNS_RCODE.FORMERR;
  return response;
}

/** Makes the function that answers; `bytes` may be borrowed. */
export function createDnsAnswerer(names: NameService, counters: GatewayCounters): AnswerDns {
  return (bytes, transport, reply) => {
    counters.dnsQueries++;
    const query = parseMessage(bytes);
    if (query === undefined) {
      reply(formatError(bytes));
      return;
    }
    const send = (response: DnsMessage): void => {
      if (response.rcode === DNS_RCODE.SERVFAIL) counters.dnsFailed++;
      reply(encodeMessage(response, maxResponseBytes(query, transport)));
    };
    const verdict = judgeQuery(query);
    if (verdict.kind === "drop") reply(undefined);
    else if (verdict.kind === "answer") send(responseMessage(query, verdict.rcode, []));
    else names.ask(verdict.name, verdict.type, (result) => send(answerQuery(query, result)));
  };
}

/** A connection that asks nothing for so long is closed (RFC 7766 6.2.3). */
const IDLE_US = 10_000_000;

/** The name server's two entrances. */
export interface DnsServer {
  serveDatagram(offset: number, length: number, appAddress: Address, appPort: number): void;
  serveConnection(request: TcpRequest): void;
}

export function createDnsServer(needs: DnsServerNeeds): DnsServer {
  const { udp, memory, sockets, network, limits, counters, timers, nowUs } = needs;
  const names = new NameService({ sockets, network, maxQueries: limits.dnsQueries });
  const answer = createDnsAnswerer(names, counters);
  const connections = new Set<DnsConnection>();
  const timer = timers.create(() => {
    for (const connection of connections) {
      if (connection.usedUs + IDLE_US <= nowUs()) connection.abort();
    }
    if (connections.size > 0) timer.set(nowUs() + IDLE_US / 10);
  }, undefined);
  return {
    serveDatagram(offset, length, appAddress, appPort): void {
      answer(memory.subarray(offset, offset + length), "udp", (response) => {
        if (response === undefined) return;
        const from = network.nameServer;
        udp.sendFrom(from, DNS_PORT, appAddress, appPort, response, 0, response.length);
      });
    },
    serveConnection(request): void {
      if (connections.size >= limits.dnsConnections) {
        request.reject("reset");
        return;
      }
      const connection = new DnsConnection({ ...needs, answer }, () => {
        connections.delete(connection);
      });
      if (!connection.accept(request)) return;
      connections.add(connection);
      if (timer.deadlineUs === Infinity) timer.set(nowUs() + IDLE_US);
    },
  };
}
