/** Systems for the API's tests: a context over a kernel in real time and the fake transports. */
import type { NetworkLayer } from "../../../../components/ip/mod.ts";
import type { Kernel } from "../../../kernel/mod.ts";
import type { ApiContext } from "../context.ts";
import { formatIPv4, isIP, parseIPv4 } from "../ip-text.ts";
import type {
  CancelResolution,
  NameResolver,
  RecordType,
  ResolvedRecord,
  ResolveError,
} from "../resolver.ts";
import { FakeTcp, FakeWire } from "./fake-tcp.ts";
import { FakeUdp, type FakeUdpWire } from "./fake-udp.ts";
import { createHostKernel } from "./host-kernel.ts";

/** Answers by "A name.example"; a text is an error. */
export type Zone = Record<string, readonly unknown[] | ResolveError>;

export interface TestSystem {
  readonly context: ApiContext;
  readonly kernel: Kernel;
  /** What `hold` and `release` have come to. */
  readonly holds: number;
  close(): void;
}

/** Hosts that reach each other. */
export interface TestNetwork {
  readonly wire: FakeWire;
  system(address: string, zone?: Zone): TestSystem;
  close(): void;
}

/** A resolver that answers from a table, in a later turn. */
export function createZoneResolver(
  defer: (callback: () => void) => void,
  zone: Zone,
  hosts: Record<string, readonly string[]> = { localhost: ["127.0.0.1"] },
): NameResolver {
  let servers: readonly string[] = ["10.0.2.3"];
  const answer = <Item>(
    found: readonly Item[] | ResolveError,
    callback: (error: ResolveError | undefined, items: readonly Item[]) => void,
  ): CancelResolution => {
    let isCancelled = false;
    defer(() => {
      if (isCancelled) return;
      if (typeof found === "string") callback(found, []);
      else callback(undefined, found);
    });
    return () => {
      isCancelled = true;
    };
  };
  const records = (type: RecordType, name: string): readonly ResolvedRecord[] | ResolveError => {
    const found = zone[`${type} ${name.toLowerCase()}`] ?? "ENOTFOUND";
    return typeof found === "string" ? found : found.map((value) => record(type, value));
  };
  return {
    lookup(name, families, callback) {
      const listed = hosts[name] ?? [];
      const found = families.flatMap((family) => {
        const asked = records(family === 4 ? "A" : "AAAA", name);
        const texts = typeof asked === "string" ? [] : asked.map(({ value }) => value as string);
        return (listed.length > 0 ? listed : texts)
          .filter((address) => isIP(address) === family)
          .map((address) => ({ address, family }));
      });
      const failure = zone[`A ${name}`];
      const error = typeof failure === "string" ? failure : "ENOTFOUND";
      return answer(found.length > 0 ? found : error, callback);
    },
    reverse(address, callback) {
      const names = Object.keys(hosts).filter((name) => hosts[name]!.includes(address));
      return answer(names.length > 0 ? names : "ENOTFOUND", callback);
    },
    resolve: (name, type, callback) => answer(records(type, name), callback),
    servers: () => servers,
    setServers: (list) => {
      servers = list;
    },
    fork: () => createZoneResolver(defer, zone, hosts),
  };
}

function record(type: RecordType, value: unknown): ResolvedRecord {
  return { type, ttlSeconds: 60, value };
}

/** Makes a network without hosts. */
export function createTestNetwork(): TestNetwork {
  const wire = new FakeWire();
  const udpWire: FakeUdpWire = new Map();
  const systems: TestSystem[] = [];
  return {
    wire,
    system(address, zone = {}) {
      const kernel = createHostKernel();
      const host = {
        address: parseIPv4(address),
        memory: kernel.memory.packet,
        defer: (callback: () => void) => kernel.defer(callback),
      };
      let holds = 0;
      const context: ApiContext = {
        tcp: new FakeTcp(wire, host),
        udp: new FakeUdp(udpWire, host),
        network: {
          format: formatIPv4,
          isLocal: (address: number) => address === host.address || address >>> 24 === 127,
          route: (destination: number) => ({
            source: destination >>> 24 === 127 ? destination : host.address,
          }),
        } as unknown as NetworkLayer,
        resolver: createZoneResolver(host.defer, zone),
        timers: kernel.timers,
        memory: kernel.memory.packet,
        heapState: kernel.heapState,
        entropy: kernel.hal.entropy,
        nowUs: () => kernel.nowUs(),
        wallUs: () => kernel.hal.clock.wallUs(),
        defer: host.defer,
        wake: () => kernel.wake(),
        whenConfigured: (callback) => callback(),
        hold: () => void holds++,
        release: () => void holds--,
      };
      const system = {
        context,
        kernel,
        get holds(): number {
          return holds;
        },
        close: () => {
          kernel.stop();
          kernel.hal.close();
        },
      };
      systems.push(system);
      return system;
    },
    close() {
      for (const system of systems) system.close();
    },
  };
}
