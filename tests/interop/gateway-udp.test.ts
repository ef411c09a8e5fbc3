/** UDP, ICMP and names through the gateway, on this machine's loopback. */
import dgram from "node:dgram";
import { once } from "node:events";
import t from "tap";
import { formatIpv4, parseIpv4 } from "../../components/ipv4/mod.ts";
import { DNS_RCODE, DNS_TYPE, parseMessage } from "../../components/dns/mod.ts";
import { encodeMessage, queryMessage } from "../../components/dns/mod.ts";
import type { PingResult } from "../../components/icmpv4/mod.ts";
import type { UdpSocket } from "../../components/udp/mod.ts";
import { createGatewayApp, type GatewayApp } from "./gateway-app.ts";
import { run, until } from "./gateway-host.ts";

const GATEWAY = parseIpv4("10.0.2.2")!;
const NAME_SERVER = parseIpv4("10.0.2.3")!;

interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: string;
}

/** A UDP socket of the application that keeps what it gets. */
function bind(app: GatewayApp, port: number, echoes: boolean = false) {
  const datagrams: Datagram[] = [];
  const refusals: number[] = [];
  const memory = app.mode.hal.memory.bytes;
  const socket = app.stack.udp.bind({
    address: 0,
    port,
    handler: {
      onDatagram(self, offset, length, address, remotePort): void {
        const bytes = memory.slice(offset, offset + length);
        datagrams.push({ bytes, from: `${formatIpv4(address)}:${remotePort}` });
        if (echoes) self.send(bytes, 0, length, address, remotePort);
      },
      onUnreachable: (_self, _address, remotePort) => refusals.push(remotePort),
    },
  }) as UdpSocket;
  const send = (text: string | Uint8Array, address: number, to: number): void => {
    const bytes = typeof text === "string" ? Buffer.from(text) : text;
    socket.send(bytes, 0, bytes.length, address, to);
  };
  return { socket, datagrams, refusals, send };
}

async function hostSocket(test: { teardown(job: () => void): void }): Promise<dgram.Socket> {
  const socket = dgram.createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  test.teardown(() => socket.close());
  return socket;
}

t.test("the application exchanges datagrams with a service of the host", async (t) => {
  const app = await createGatewayApp();
  t.teardown(() => app.close());
  const server = await hostSocket(t);
  server.on("message", (bytes, remote) => server.send(bytes, remote.port, remote.address));
  const { port } = server.address();
  const { datagrams, send } = bind(app, 0);
  send("ping", GATEWAY, port);
  send("", GATEWAY, port);
  await until("two echoes", () => datagrams.length === 2);
  t.same(
    datagrams.map(({ bytes, from }) => [Buffer.from(bytes).toString(), from]),
    [
      ["ping", `10.0.2.2:${port}`],
      ["", `10.0.2.2:${port}`],
    ],
  );
});

t.test("datagrams of up to 65,507 bytes pass whole, in fragments", async (t) => {
  const app = await createGatewayApp();
  t.teardown(() => app.close());
  const server = await hostSocket(t);
  server.setRecvBufferSize(2 ** 20);
  server.on("message", (bytes, remote) => server.send(bytes, remote.port, remote.address));
  const { datagrams, send } = bind(app, 0);
  for (const length of [1472, 1473, 9000, 65_507]) {
    const payload = Uint8Array.from({ length }, (_, index) => index * 31 + (index >> 8));
    send(payload, GATEWAY, server.address().port);
    await until(`${length} bytes`, () => datagrams.length > 0);
    t.ok(Buffer.from(datagrams.pop()!.bytes).equals(payload), `${length} bytes`);
  }
});

t.test("a port of the host where nobody listens is reported by ICMP", async (t) => {
  const app = await createGatewayApp();
  t.teardown(() => app.close());
  const gone = dgram.createSocket("udp4").bind(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address();
  await new Promise<void>((resolve) => gone.close(resolve));
  const { refusals, send } = bind(app, 0);
  send("anybody?", GATEWAY, port);
  await until("the refusal", () => refusals.length > 0);
  t.equal(refusals[0], port);
});

t.test("a published UDP port leads to the application, for each client apart", async (t) => {
  const app = await createGatewayApp({
    publish: [{ hostPort: 0, appPort: 7, protocol: "udp" }],
  });
  t.teardown(() => app.close());
  const { datagrams } = bind(app, 7, true);
  const { hostPort } = app.mode.published[0]!;
  t.ok(hostPort > 0);
  for (const text of ["first", "second"]) {
    const client = await hostSocket(t);
    client.send(text, hostPort, "127.0.0.1");
    const [answer] = (await once(client, "message")) as [Buffer];
    t.equal(answer.toString(), text);
    t.equal(datagrams.pop()!.from, `10.0.2.2:${client.address().port}`);
  }
});

t.test("echo requests: the gateway answers for the host, and for nobody else", async (t) => {
  const app = await createGatewayApp();
  t.teardown(() => app.close());
  const ping = (address: string): Promise<PingResult> =>
    new Promise((resolve) => {
      app.stack.icmp.ping({ address: parseIpv4(address)!, timeoutUs: 200_000 }, resolve);
    });
  t.equal((await ping("10.0.2.2")).kind, "reply");
  t.equal((await ping("10.0.2.3")).kind, "reply");
  t.equal((await ping("192.0.2.1")).kind, "timeout");
});

/** Asks the name server by one datagram. */
async function ask(app: GatewayApp, name: string, type: number) {
  const { datagrams, send, socket } = bind(app, 0);
  send(encodeMessage(queryMessage(77, { name, type, class: 1 }, true)), NAME_SERVER, 53);
  await until(`an answer for ${name}`, () => datagrams.length > 0);
  socket.close();
  if (datagrams[0]!.from !== "10.0.2.3:53") throw new Error(`answer from ${datagrams[0]!.from}`);
  return parseMessage(datagrams[0]!.bytes)!;
}

t.test("names are answered as the host's resolver answers them", async (t) => {
  const app = await createGatewayApp();
  t.teardown(() => app.close());
  t.match(await ask(app, "Host.LibOS.internal", DNS_TYPE.A), {
    id: 77,
    isResponse: true,
    recursionAvailable: true,
    rcode: DNS_RCODE.NOERROR,
    answers: [{ name: "Host.LibOS.internal", data: { kind: "A", address: GATEWAY } }],
  });
  const none = await ask(app, "host.libos.internal", DNS_TYPE.AAAA);
  t.match(none, { rcode: DNS_RCODE.NOERROR, answers: [] });
  const unknown = await ask(app, "nothing.libos.internal", DNS_TYPE.A);
  t.match(unknown, { rcode: DNS_RCODE.NXDOMAIN, answers: [] });
  const failed = await ask(app, "no-such-name.invalid", DNS_TYPE.A);
  t.ok([DNS_RCODE.NXDOMAIN, DNS_RCODE.SERVFAIL].includes(failed.rcode as 2 | 3));
});

/** Lets programs of the host reach the application's name server. */
async function relayNames(app: GatewayApp): Promise<{ udp: number; tcp: number }> {
  const memory = app.mode.hal.memory.bytes;
  app.stack.udp.bind({
    address: 0,
    port: 53,
    handler: {
      onDatagram(self, offset, length, address, port): void {
        const query = memory.slice(offset, offset + length);
        const upstream = app.stack.udp.bind({
          address: 0,
          port: 0,
          handler: {
            onDatagram(socket, at, count): void {
              self.send(memory.slice(at, at + count), 0, count, address, port);
              socket.close();
            },
          },
        }) as UdpSocket;
        upstream.send(query, 0, length, NAME_SERVER, 53);
      },
    },
  });
  app.net
    .createServer({ allowHalfOpen: true }, (client) => {
      const upstream = app.net.connect({ port: 53, host: "10.0.2.3", allowHalfOpen: true });
      client.pipe(upstream as never);
      upstream.pipe(client as never);
    })
    .listen(53);
  const udp = await app.mode.gateway.publish({ hostPort: 0, appPort: 53, protocol: "udp" });
  const tcp = await app.mode.gateway.publish({ hostPort: 0, appPort: 53 });
  return { udp: udp.hostPort, tcp: tcp.hostPort };
}

t.test("dig understands every answer, over UDP and TCP", async (t) => {
  const app = await createGatewayApp();
  t.teardown(() => app.close());
  const ports = await relayNames(app);
  const dig = (port: number, ...words: string[]): Promise<string | undefined> =>
    run("dig", ["@127.0.0.1", "-p", `${port}`, "+tries=1", "+time=5", ...words]);
  if ((await dig(ports.udp, "host.libos.internal", "A")) === undefined) {
    t.fail("not checked by an independent client", { skip: "dig is not installed" });
    return;
  }
  for (const [port, words] of [
    [ports.udp, []],
    [ports.tcp, ["+tcp"]],
  ] as const) {
    t.equal(await dig(port, ...words, "+short", "host.libos.internal", "A"), "10.0.2.2\n");
    t.equal(await dig(port, ...words, "+short", "localhost", "A"), "127.0.0.1\n");
    const reverse = await dig(port, ...words, "+short", "-x", "10.0.2.2");
    t.equal(reverse, "host.libos.internal.\n");
    t.match(await dig(port, ...words, "nothing.libos.internal"), /status: NXDOMAIN/);
    const empty = await dig(port, ...words, "host.libos.internal", "AAAA");
    t.match(empty, /status: NOERROR[^]*ANSWER: 0/);
    t.match(await dig(port, ...words, "host.libos.internal", "HTTPS"), /status: NOTIMP/);
    t.match(await dig(port, ...words, "version.bind", "CH", "TXT"), /status: REFUSED/);
    const edns = await dig(port, ...words, "+edns=1", "+noednsnegotiation", "localhost", "A");
    t.match(edns, /status: BADVERS/);
  }
  t.equal(await dig(ports.tcp, "+tcp", "+keepopen", "+short", "localhost", "A"), "127.0.0.1\n");
});
