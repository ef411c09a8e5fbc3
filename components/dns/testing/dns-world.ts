import type { TcpComponent } from "../../tcp/mod.ts";
import { createTcp } from "../../tcp/mod.ts";
import type { TestStack } from "../../testing/stack.ts";
import type { TwoHosts } from "../../testing/two-hosts.ts";
import { B, createTwoHosts } from "../../testing/two-hosts.ts";
import type { UdpSocket } from "../../udp/mod.ts";
import type { DnsConfig, DnsMessage, DnsRecord, DnsResolver, DnsResult } from "../mod.ts";
import {
  DNS_LIMITS,
  createDnsResolver,
  encodeMessage,
  parseMessage,
  responseMessage,
} from "../mod.ts";
import type { DnsLimits, RecordData } from "../mod.ts";

/** What the server of a test answers: a message, raw bytes, or nothing. */
export type Answer = (
  query: DnsMessage,
  transport: "udp" | "tcp",
) => DnsMessage | Uint8Array | undefined;

export interface DnsWorld extends TwoHosts {
  readonly resolver: DnsResolver;
  /** "name type" of each query that the server got, "tcp" before it where it came so. */
  readonly asked: string[];
  readonly queries: DnsMessage[];
  /** What the server answers; by default, from `zone`. */
  answer: Answer;
  /** Records by "name type", names small; an array that is empty: the name is there. */
  readonly zone: Map<string, DnsRecord[]>;
  add(name: string, type: number, data: RecordData, ttlS?: number): void;
  /** Asks, and waits for what comes of it. */
  resolve(name: string, type?: number, us?: number): DnsResult | undefined;
  readonly server: UdpSocket;
}

/** The start of authority that comes with every "no" of the zone. */
export const SOA: DnsRecord = {
  name: "example.org",
  type: 6,
  class: 1,
  ttlS: 900,
  data: {
    kind: "SOA",
    primary: "ns.example.org",
    mailbox: "me.example.org",
    serial: 1,
    refreshS: 1,
    retryS: 1,
    expireS: 1,
    minimumS: 60,
  },
};

function withTcp(stack: TestStack): TcpComponent {
  const { kernel, host, ip } = stack;
  const tcp = createTcp({ network: ip, kernel, entropy: host.hal.entropy });
  kernel.onFlush(() => {
    tcp.flush();
    stack.ethernet.flush();
  });
  return tcp;
}

/** A resolver on one host and a server of a test on the other. */
export function createDnsWorld(
  config: Partial<DnsConfig> = {},
  limits: Partial<DnsLimits> = {},
  more: { readonly hasTcp?: boolean } = {},
): DnsWorld {
  const hosts = createTwoHosts();
  const { a, b, world } = hosts;
  const asked: string[] = [];
  const queries: DnsMessage[] = [];
  const zone = new Map<string, DnsRecord[]>();
  const heard = (bytes: Uint8Array, transport: "udp" | "tcp"): Uint8Array | undefined => {
    const query = parseMessage(bytes)!;
    const [question] = query.questions;
    queries.push(query);
    asked.push(`${transport === "tcp" ? "tcp " : ""}${question!.name} ${question!.type}`);
    const answer = dns.answer(query, transport);
    if (answer === undefined || answer instanceof Uint8Array) return answer;
    return encodeMessage(answer, transport === "tcp" ? 65_535 : (query.edns?.udpBytes ?? 512));
  };
  const memory = b.kernel.memory.packet.bytes;
  const server = b.udp.bind({
    address: 0,
    port: 53,
    handler: {
      onDatagram(socket, offset, length, address, port) {
        const answer = heard(memory.slice(offset, offset + length), "udp");
        if (answer !== undefined) socket.send(answer, 0, answer.length, address, port);
      },
    },
  }) as UdpSocket;
  serveTcp(withTcp(b), memory, (bytes) => heard(bytes, "tcp"));
  const { kernel, udp, host } = a;
  const tcp = more.hasTcp === false ? {} : { tcp: withTcp(a) };
  const resolver = createDnsResolver(
    { kernel, udp, entropy: host.hal.entropy, ...tcp },
    { servers: [{ address: B }], ...config },
    { ...DNS_LIMITS, ...limits },
  );
  const dns: DnsWorld = {
    ...hosts,
    resolver,
    asked,
    queries,
    zone,
    server,
    answer: (query) => fromZone(zone, query),
    add(name, type, data, ttlS = 300) {
      const key = `${name.toLowerCase()} ${type}`;
      zone.set(key, [...(zone.get(key) ?? []), { name, type, class: 1, ttlS, data }]);
    },
    resolve(name, type = 1, us = 60_000_000) {
      let found: DnsResult | undefined;
      resolver.resolve(name, type, (result) => (found = result));
      world.runFor(us);
      return found;
    },
  };
  return dns;
}

function fromZone(zone: Map<string, DnsRecord[]>, query: DnsMessage): DnsMessage {
  const { name, type } = query.questions[0]!;
  const answers: DnsRecord[] = [];
  let current = name.toLowerCase();
  for (let hop = 0; hop < 20; hop++) {
    const records = zone.get(`${current} ${type}`);
    if (records !== undefined) {
      answers.push(...records);
      return responseMessage(query, 0, answers, records.length > 0 ? [] : [SOA]);
    }
    const alias = zone.get(`${current} 5`)?.[0];
    if (alias?.data.kind !== "CNAME") break;
    answers.push(alias);
    current = alias.data.target.toLowerCase();
  }
  const isThere = [...zone.keys()].some((key) => key.startsWith(`${current} `));
  return responseMessage(query, isThere ? 0 : 3, answers, [SOA]);
}

function serveTcp(
  tcp: TcpComponent,
  memory: Uint8Array,
  heard: (bytes: Uint8Array) => Uint8Array | undefined,
): void {
  tcp.listen({
    address: 0,
    port: 53,
    onConnection(connection) {
      const received: number[] = [];
      connection.handler = {
        onConnect: () => {},
        onSpace: () => {},
        onClose: () => {},
        onEnd: () => connection.close(),
        onData(_connection, offset, length) {
          received.push(...memory.slice(offset, offset + length));
          if (received.length < 2 || received.length < 2 + received[0]! * 256 + received[1]!) {
            return length;
          }
          const answer = heard(Uint8Array.from(received.slice(2)));
          if (answer === undefined) {
            connection.close();
            return length;
          }
          const framed = Uint8Array.of(answer.length >> 8, answer.length & 255, ...answer);
          connection.send(framed, 0, framed.length);
          return length;
        },
      };
    },
  });
}
