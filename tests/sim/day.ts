/**
 * A day of a website in virtual time: a system with an address by DHCP answers a client every ten
 * seconds, on a network that now and then loses a packet, and its memory is looked at every hour.
 *
 *   node tests/sim/day.ts [SEED]
 */
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { DHCP_MESSAGE, DHCP_PORT, encodeDhcp, parseDhcp } from "../../components/dhcp/mod.ts";
import { ANY_ADDRESS } from "../../components/ip/mod.ts";
import { parseIpv4 } from "../../components/ipv4/mod.ts";
import { answerDhcp, type DhcpServerConfig } from "../../host-adapters/gateway/dhcp-server.ts";
import { createGatewayNetwork } from "../../host-adapters/gateway/network.ts";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { createSystem, type System } from "../../libos/system/mod.ts";

const HOURS = 24;
const HOUR_US = 3_600_000_000;
const REQUEST_EVERY_US = 10_000_000;
/** Long enough before the hour that every connection of the minute before is forgotten. */
const QUIET_US = 300_000_000;
const LEASE_SECONDS = 7200;
const PAGE_BYTES = 20_000;
const SERVER = "10.0.2.15";
const CLIENT = "10.0.2.2";
const BROADCAST = 0xffff_ffff;
const MEMORY_BYTES = 8 * 2 ** 20;

/** What is left at the end of an hour, when nobody asks for anything. */
export interface HourSample {
  /** Of the whole process, with both systems and the simulator in it. */
  readonly heapBytes: number;
  readonly packetBytes: number;
  readonly connections: number;
  readonly tasks: number;
  readonly neighbours: number;
}

export interface DayResult {
  readonly hours: readonly HourSample[];
  readonly answered: number;
  readonly failed: number;
  /** Leases given: the first one, and the renewals. */
  readonly leases: number;
  /** Questions for the client's address: its entry aged. */
  readonly arpRequests: number;
}

/** Runs the day. */
export async function simulateDay(seed: number): Promise<DayResult> {
  const world = createSimulation({ seed, replayCommand: `node tests/sim/day.ts ${seed}` });
  const network = world.createNetwork({ delayUs: 2000, lossRate: 0.001 });
  const [serverHal, clientHal] = ["server", "client"].map((name) =>
    world.createHal({ name, memoryBytes: MEMORY_BYTES, net: [network] }),
  );
  const client = createSystem({
    hal: clientHal!,
    network: { kind: "static", address: CLIENT, prefixLength: 24, nameServers: [] },
  });
  let leases = 0;
  serveDhcp(client, () => leases++);
  const server = createSystem({ hal: serverHal! });
  const page = "x".repeat(PAGE_BYTES);
  server.http.createServer((_request, response) => response.end(page)).listen(80);
  const hours: HourSample[] = [];
  let [answered, failed] = [0, 0];
  const ask = (): void => {
    const request = client.http.get({ host: SERVER, port: 80, agent: false }, (response) => {
      response.resume();
      response.on("end", () => answered++);
    });
    request.on("error", () => failed++);
  };
  for (let hour = 0; hour < HOURS; hour++) {
    const endUs = (hour + 1) * HOUR_US;
    for (let atUs = world.nowUs; atUs < endUs - QUIET_US; atUs += REQUEST_EVERY_US) {
      await world.run({ untilUs: atUs + REQUEST_EVERY_US });
      ask();
    }
    await world.run({ untilUs: endUs });
    hours.push(sampleOf(server));
  }
  const arp = server.stack.links[0]!.arp.counters;
  return { hours, answered, failed, leases, arpRequests: arp.requestsSent };
}

function sampleOf(system: System): HourSample {
  return {
    heapBytes: heapBytes(),
    packetBytes: system.kernel.memory.usedBytes,
    connections: system.stack.tcp.connectionCount,
    tasks: system.kernel.tasks.children.size,
    neighbours: [...system.stack.links[0]!.arp.neighbours].length,
  };
}

/** A DHCP server with short leases, beside the client. */
function serveDhcp(system: System, onLease: () => void): void {
  const config: DhcpServerConfig = {
    network: createGatewayNetwork({}),
    mtuBytes: 1500,
    addressOf: () => parseIpv4(SERVER),
  };
  const { bytes } = system.hal.memory;
  const socket = system.stack.udp.bind({
    address: ANY_ADDRESS,
    port: DHCP_PORT.SERVER,
    handler: {
      onDatagram(self, offset, length) {
        const request = parseDhcp(bytes, offset, length);
        const answer = request === undefined ? "refused" : answerDhcp(config, request);
        if (typeof answer === "string") return;
        if (answer.options.messageType === DHCP_MESSAGE.ACK) onLease();
        const options = {
          ...answer.options,
          leaseSeconds: LEASE_SECONDS,
          renewalSeconds: LEASE_SECONDS / 2,
          rebindingSeconds: (LEASE_SECONDS * 7) / 8,
        };
        const reply = encodeDhcp({ ...answer, options });
        const to = answer.clientAddress === 0 ? BROADCAST : answer.clientAddress;
        self.send(reply, 0, reply.length, to, DHCP_PORT.CLIENT);
      },
    },
  });
  if (typeof socket === "string") throw new Error(`the DHCP server's port: ${socket}`);
  socket.setBroadcast(true);
}

function heapBytes(): number {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  gc();
  return process.memoryUsage().heapUsed;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { hours, ...totals } = await simulateDay(Number(process.argv[2] ?? 1));
  console.table(hours);
  console.log(totals);
}
