/** An application's network on Node behind a real gateway, for the tests of this folder. */
import type { LookupFunction } from "../../libos/api/dns/lookup.ts";
import { createHttp, type Http } from "../../libos/api/http/mod.ts";
import { createNet, type Net } from "../../libos/api/net/mod.ts";
import type { ApiContext } from "../../libos/api/shared/context.ts";
import { createKernel, type Kernel } from "../../libos/kernel/mod.ts";
import { parseIpv4 } from "../../components/ipv4/mod.ts";
import { createNetworkStack, type NetworkStack } from "../../libos/system/network.ts";
import { until } from "./gateway-host.ts";
import { createUserModeHal } from "../../host-adapters/gateway/user-mode-node.ts";
import type { UserMode, UserModeOptions } from "../../host-adapters/gateway/mod.ts";

const MEMORY_BYTES = 256 * 2 ** 20;

export interface GatewayApp {
  readonly mode: UserMode;
  readonly kernel: Kernel;
  readonly stack: NetworkStack;
  readonly net: Net;
  readonly http: Http;
  /** Waits until what was sent has been acknowledged, as a system does before it ends. */
  drain(): Promise<void>;
  /** Ends the system, and with it the gateway. */
  close(): void;
}

const lookupNothing: LookupFunction = (hostname, _options, callback) =>
  callback(new Error(`no look-up of ${hostname} in these tests`), undefined);

/** `createUserModeHal` of one runtime. */
export type CreateUserMode = (
  options: UserModeOptions & { readonly memoryBytes: number },
) => Promise<UserMode>;

/** Starts one system at 10.0.2.15. */
export async function createGatewayApp(
  options: UserModeOptions = {},
  createMode: CreateUserMode = createUserModeHal,
): Promise<GatewayApp> {
  const mode = await createMode({ memoryBytes: MEMORY_BYTES, ...options });
  const { hal, network } = mode;
  hal.hold();
  const kernel = createKernel(hal);
  const stack = createNetworkStack(kernel);
  const [link] = stack.links;
  const own = link!.interface;
  const { prefixLength } = network;
  stack.ipv4.configure(own, { address: parseIpv4(network.address)!, prefixLength });
  const gateway = parseIpv4(network.gateway)!;
  stack.ipv4.addRoute({ network: 0, prefixLength: 0, gateway, interface: own });
  const context: ApiContext = {
    tcp: stack.tcp,
    udp: stack.udp,
    network: stack.ipv4,
    resolver: {
      resolve: () => ({ cancel() {} }),
    } as unknown as ApiContext["resolver"],
    timers: kernel.timers,
    memory: hal.memory,
    heapState: kernel.heapState,
    entropy: hal.entropy,
    nowUs: () => kernel.nowUs(),
    wallUs: () => hal.clock.wallUs(),
    defer: (callback) => kernel.defer(callback),
    wake: () => kernel.wake(),
    whenConfigured: (callback) => callback(),
    hold: () => hal.hold(),
    release: () => hal.release(),
  };
  const net = createNet(context, lookupNothing);
  const http = createHttp({ ...context, net } as unknown as Parameters<typeof createHttp>[0]);
  return {
    ...{ mode, kernel, stack, net, http },
    async drain(): Promise<void> {
      const isDone = (): boolean =>
        [...stack.tcp.connections].every(({ state }) => state === "TIME-WAIT");
      await until("acknowledgements", isDone);
    },
    close(): void {
      stack.stop();
      kernel.stop();
      hal.close();
    },
  };
}
