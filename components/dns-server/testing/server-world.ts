/** A server on one host, and clients of a test on another. */
import { readU16 } from "../../../libos/kernel/mod.ts";
import type { Tcp, TcpConnection, TcpError } from "../../tcp/mod.ts";
import { createTcp } from "../../tcp/mod.ts";
import type { TestStack } from "../../testing/stack.ts";
import { B, createTwoHosts, type TwoHosts } from "../../testing/two-hosts.ts";
import {
  createDnsServer,
  DNS_SERVER_LIMITS,
  type AuthoritativeServer,
  type DnsServerLimits,
  type Zone,
} from "../mod.ts";

/** One TCP connection of a client. */
export interface Client {
  readonly connection: TcpConnection;
  /** Whole messages that came, without their lengths. */
  messages(): readonly Uint8Array[];
  /** "open", "end" after the server's FIN, or the error. */
  state: "open" | "end" | TcpError;
  /** Sends as much as there is room for. @returns How many bytes. */
  send(bytes: Uint8Array): number;
  /** Whether what arrives is read; it is at first. */
  isReading: boolean;
}

export interface ServerWorld extends TwoHosts {
  readonly server: AuthoritativeServer;
  /** Sends datagrams to the server. @returns What it answers. */
  ask(...queries: readonly Uint8Array[]): readonly Uint8Array[];
  connect(): Client;
  /** Sends bytes over a connection of its own. @returns The messages that come back. */
  stream(bytes: Uint8Array): readonly Uint8Array[];
}

function withTcp(stack: TestStack): Tcp {
  const { kernel, host, ip } = stack;
  const tcp = createTcp({ network: ip, kernel, entropy: host.hal.entropy });
  kernel.onFlush(() => {
    tcp.flush();
    stack.ethernet.flush();
  });
  return tcp;
}

export function createServerWorld(
  zones: readonly Zone[],
  limits: Partial<DnsServerLimits> = {},
): ServerWorld {
  const hosts = createTwoHosts();
  const { a, b, world } = hosts;
  const server = createDnsServer(
    { kernel: b.kernel, udp: b.udp, tcp: withTcp(b) },
    { zones, limits: { ...DNS_SERVER_LIMITS, ...limits } },
  );
  const tcp = withTcp(a);
  const memory = a.kernel.memory.packet.bytes;
  const connect = (): Client => {
    const received: number[] = [];
    const client: Client = {
      connection: tcp.connect({
        address: B,
        port: 53,
        handler: {
          onConnect: () => {},
          onSpace: () => {},
          onData(_connection, offset, length) {
            if (!client.isReading) return 0;
            for (const byte of memory.subarray(offset, offset + length)) received.push(byte);
            return length;
          },
          onEnd: () => (client.state = "end"),
          onClose: (_connection, error) => (client.state = error ?? "end"),
        },
      }) as TcpConnection,
      messages: () => split(Uint8Array.from(received)),
      state: "open",
      send: (bytes) => client.connection.send(bytes, 0, bytes.length),
      isReading: true,
    };
    world.runFor(10_000);
    return client;
  };
  return {
    ...hosts,
    server,
    connect,
    ask(...queries) {
      const answers: Uint8Array[] = [];
      const socket = a.udp.bind({
        address: 0,
        port: 0,
        handler: {
          onDatagram: (_socket, offset, length) =>
            void answers.push(memory.slice(offset, offset + length)),
        },
      });
      if (typeof socket === "string") throw new Error(socket);
      for (const query of queries) socket.send(query, 0, query.length, B, 53);
      world.runFor(10_000);
      socket.close();
      return answers;
    },
    stream(bytes) {
      const client = connect();
      client.send(bytes);
      world.runFor(100_000);
      client.connection.close();
      // Longer than the server waits, and than TIME-WAIT lasts.
      world.runFor(200_000_000);
      if (server.connectionCount > 0) throw new Error("a connection is left over");
      return client.messages();
    },
  };
}

function split(bytes: Uint8Array): readonly Uint8Array[] {
  const messages: Uint8Array[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const length = readU16(bytes, at);
    if (at + 2 + length > bytes.length) break;
    messages.push(bytes.slice(at + 2, at + 2 + length));
    at += 2 + length;
  }
  return messages;
}
