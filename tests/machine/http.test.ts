/**
 * A whole system serves HTTP to another one, each on an emulated machine of its own, through our own
 * drivers of virtio-net and our own TCP/IP.
 */
import t from "tap";
import { createSimulation } from "../../host-adapters/sim/mod.ts";
import { createSystem, type System } from "../../libos/system/mod.ts";
import { type MachineSystem, startMachine } from "./machine-system.ts";
import { NET_FEATURE, NetModel } from "./virtio/net-model.ts";
import { ALL_RING_FEATURES } from "./virtio/virtio-model.ts";

const { MAC, STATUS, MRG_RXBUF, CSUM, GUEST_CSUM, HOST_TSO4, GUEST_TSO4 } = NET_FEATURE;
const PLAIN = [MAC, STATUS];
const ALL = [MAC, STATUS, MRG_RXBUF, CSUM, GUEST_CSUM, HOST_TSO4, GUEST_TSO4];
const [INDIRECT, EVENT_INDEX, PACKED] = ALL_RING_FEATURES as [number, number, number];
const LARGE_BYTES = 500_000;

interface Variant {
  readonly name: string;
  readonly bus: "pci" | "mmio";
  readonly features: readonly number[];
  readonly ringFeatures: readonly number[];
}

const VARIANTS: readonly Variant[] = [
  { name: "plain frames, split", bus: "pci", features: PLAIN, ringFeatures: [] },
  { name: "offloads, split", bus: "pci", features: ALL, ringFeatures: [INDIRECT, EVENT_INDEX] },
  {
    name: "offloads, packed",
    bus: "mmio",
    features: ALL,
    ringFeatures: [INDIRECT, EVENT_INDEX, PACKED],
  },
];

function systemOf(machine: MachineSystem, last: number): System {
  const network = {
    kind: "static",
    address: `10.0.0.${last}`,
    prefixLength: 24,
    nameServers: [],
  } as const;
  return createSystem({ hal: machine.hal, network });
}

/** @returns The body of an answer. */
function get(client: System, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = client.http.get({ host: "10.0.0.1", port: 80, path }, (response) => {
      let body = "";
      response.setEncoding("latin1");
      response.on("data", (text: string) => (body += text));
      response.on("end", () => resolve(body));
      response.on("error", reject);
    });
    request.on("error", reject);
  });
}

for (const { name, bus, features, ringFeatures } of VARIANTS) {
  t.test(`a website is served over virtio-net (${name})`, async (t) => {
    const world = createSimulation({ seed: 7 });
    const make = (host: string, last: number): MachineSystem =>
      startMachine(world, {
        name: host,
        seed: last,
        net: new NetModel({ features, ringFeatures, mac: [2, 0, 0, 0, 0, last] }),
        attachment: { bus },
        memoryBytes: 2 ** 23,
      });
    const machines = [make("server", 1), make("client", 2)] as const;
    machines[0].net.connect(machines[1].net);
    const server = systemOf(machines[0], 1);
    const client = systemOf(machines[1], 2);
    const large = "0123456789abcdef".repeat(LARGE_BYTES / 16);
    server.http
      .createServer((request, response) => {
        response.end(request.url === "/large" ? large : `hello from ${request.url}`);
      })
      .listen(80);
    let bodies: string[] | undefined;
    let error: unknown;
    const paths = ["/large", ...Array.from({ length: 20 }, (_, index) => `/page/${index}`)];
    Promise.all(paths.map((path) => get(client, path))).then(
      (result) => (bodies = result),
      (reason: unknown) => (error = reason),
    );
    await world.run({
      until: () => bodies !== undefined || error !== undefined,
      untilUs: 20e6,
    });
    t.equal(error, undefined);
    t.equal(bodies?.[0]?.length, LARGE_BYTES);
    t.equal(bodies?.[0], large);
    t.same(
      bodies?.slice(1),
      paths.slice(1).map((path) => `hello from ${path}`),
    );
    const segments = machines[1].device.counters.received;
    t.comment(`${segments} frames for ${LARGE_BYTES} bytes`);
    if (features === ALL) t.ok(segments < LARGE_BYTES / 5000, "large segments stay whole");
    const stopping = Promise.all([server.stop(0), client.stop(0)]);
    await world.run({ untilUs: world.nowUs + 5e6 });
    await stopping;
    for (const machine of machines) {
      t.same(machine.emulated.violations, []);
      t.same(machine.failures(), []);
    }
  });
}
