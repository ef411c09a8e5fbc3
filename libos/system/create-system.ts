/** A whole system: every part that libos has, composed on one platform. */
import type { Vfs } from "../../components/vfs/mod.ts";
import type { Log } from "../../components/log/mod.ts";
import type { Tcp } from "../../components/tcp/mod.ts";
import type { Udp } from "../../components/udp/mod.ts";
import { createDgram, type Dgram } from "../api/dgram/mod.ts";
import { createDns, type Dns } from "../api/dns/mod.ts";
import { createFs, type Fs } from "../api/fs/mod.ts";
import { createHttp, type Http } from "../api/http/mod.ts";
import { createNet, type Net } from "../api/net/mod.ts";
import type { NetworkContext, NextTick } from "../api/shared/context.ts";
import { createTimers, type TimersModule } from "../api/timers/mod.ts";
import type { Hal, ShareDevice } from "../hal/mod.ts";
import type { Kernel, TraceSink } from "../kernel/mod.ts";
import { configureAddresses } from "./addresses.ts";
import { createCore } from "./core.ts";
import { createFiles, fsNeeds } from "./files.ts";
import { mountShares, type Mounts } from "./mount-shares.ts";
import { createNaming } from "./names.ts";
import type { NetworkConfig } from "./network-config.ts";
import { addTcp, createBaseNetwork, type NetworkStack } from "./network.ts";
import { holdWhileOpen, observeTcp, observeUdp, type PortListener } from "./observe-listeners.ts";
import { closeConnections } from "./orderly-end.ts";
import { takeSnapshot, type SystemState } from "./state.ts";

export interface SystemOptions {
  readonly hal: Hal;
  /** Addresses of the first network device. Default: DHCP. */
  readonly network?: NetworkConfig;
  /** Which of the HAL's shares are mounted, and where. Folders on the way are made. */
  readonly mounts?: Mounts;
  /** Names that resolve without DNS: name to address. "localhost" is always there. */
  readonly hosts?: Readonly<Record<string, string>>;
  readonly trace?: TraceSink;
  /** Counts what keeps a host process alive; see `CoreContext`. */
  readonly hold?: () => void;
  readonly release?: () => void;
  /** The platform's `process.nextTick`, in which callbacks of streams wait; see `CoreContext`. */
  readonly nextTick?: NextTick;
  /** Told of each port on which the application begins to listen. */
  readonly onListen?: PortListener;
}

export interface System {
  readonly hal: Hal;
  readonly kernel: Kernel;
  readonly stack: NetworkStack;
  /** What is mounted, by its path, for who reads files without a file system. */
  readonly volumes: ReadonlyMap<string, ShareDevice>;
  /** The file system that `fs` stands on: calls answer at once, errors are negative numbers. */
  readonly vfs: Vfs;
  /**
   * TCP and UDP that `net` and `dgram` stand on: handlers in place of events, bytes in packet memory,
   * and no garbage. A port that is listened on keeps the system alive.
   */
  readonly tcp: Tcp;
  readonly udp: Udp;
  readonly fs: Fs;
  readonly net: Net;
  readonly dgram: Dgram;
  readonly dns: Dns;
  readonly http: Http;
  readonly timers: TimersModule;
  /** What the system has to tell; warnings and errors go to the console as well. */
  readonly log: Log;
  /** A snapshot of tasks, memory, interfaces, connections and mounts. */
  state(): SystemState;
  /**
   * Ends in good order: listeners close, connections are closed by FIN, and what is queued is sent
   * for as long as `graceUs`; then everything stops, and the HAL is closed.
   */
  stop(graceUs?: number): Promise<void>;
}

/**
 * Composes a system on a platform. Any number of them can live in one process.
 *
 * @throws Error, one line, when a mount or an address can't be.
 */
export function createSystem(options: SystemOptions): System {
  const { hal, hosts = {}, mounts = [], network: config = { kind: "dhcp" }, onListen } = options;
  const core = createCore(options);
  const { kernel, context, log } = core;
  const vfs = createFiles(core);
  mountShares(vfs, hal, mounts);
  const base = createBaseNetwork(kernel);
  core.onStop(() => base.stop());
  const tcp = addTcp(kernel, base);
  core.onStop(() => tcp.stop());
  core.beforeStop((graceUs) => closeConnections(kernel, tcp, graceUs));
  const addresses = configureAddresses(core, base, config);
  const resolver = createNaming(core, { udp: base.udp, tcp, addresses, hosts });
  const { whenConfigured } = addresses;
  const network: NetworkContext = { ...context, network: base.ipv4, whenConfigured };
  const dns = createDns({ ...network, resolver });
  const net = createNet({ ...network, tcp: observeTcp(tcp, onListen) }, dns.lookup);
  const stack: NetworkStack = {
    ...base,
    tcp,
    stop() {
      tcp.stop();
      base.stop();
    },
  };
  const onOpen = holdWhileOpen(context, onListen);
  return {
    hal,
    kernel,
    stack,
    volumes: new Map(
      mounts.map(({ share, path }) => [path, hal.shares.find(({ name }) => name === share)!]),
    ),
    vfs,
    tcp: observeTcp(tcp, onOpen),
    udp: observeUdp(base.udp, onOpen),
    fs: createFs(fsNeeds(core, vfs)),
    net,
    dgram: createDgram({ ...network, udp: observeUdp(base.udp, onListen) }, dns.lookup),
    dns,
    http: createHttp({ ...context, net }),
    timers: createTimers(context),
    log,
    state: () => takeSnapshot({ kernel, network: base, tcp, vfs }),
    stop: (graceUs) => core.stop(graceUs),
  };
}
