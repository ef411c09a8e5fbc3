/** A whole system: kernel, network, file system, and the application's modules over them. */
import { createDnsResolver } from "../../components/dns/mod.ts";
import { Buffer } from "buffer";
import { createLog, formatEntry, type Log } from "../../components/log/mod.ts";
import { createMemfs } from "../../components/memfs/mod.ts";
import { createShareFs } from "../../components/share-fs/mod.ts";
import { createVfs, errno, type Vfs } from "../../components/vfs/mod.ts";
import { createDgram, type Dgram } from "../api/dgram/mod.ts";
import { createDns, createNameResolver, type Dns } from "../api/dns/mod.ts";
import { createFs, type Fs } from "../api/fs/mod.ts";
import { createHttp, type Http } from "../api/http/mod.ts";
import { createNet, type Net } from "../api/net/mod.ts";
import { createTimers, type TimersModule } from "../api/timers/mod.ts";
import type { ApiContext } from "../api/shared/context.ts";
import { errnoCode } from "../api/shared/errors.ts";
import type { Hal } from "../hal/mod.ts";
import { createKernel, KERNEL_LIMITS, type Kernel, type TraceSink } from "../kernel/mod.ts";
import { configureNetwork } from "./configure.ts";
import { observeListeners, type PortListener } from "./observe-listeners.ts";
import { createNetworkStack, type NetworkConfig, type NetworkStack } from "./network.ts";
import { takeSnapshot, type SystemState } from "./state.ts";

export interface SystemOptions {
  readonly hal: Hal;
  /** Addresses of the first network device. Default: DHCP. */
  readonly network?: NetworkConfig;
  /** Which of the HAL's shares are mounted, and where. Folders on the way are made. */
  readonly mounts?: readonly { readonly share: string; readonly path: string }[];
  /** Names that resolve without DNS: name to address. "localhost" is always there. */
  readonly hosts?: Readonly<Record<string, string>>;
  readonly trace?: TraceSink;
  /** Counts what keeps a host process alive; see `ApiContext`. */
  readonly hold?: () => void;
  readonly release?: () => void;
  /** Told of each port on which the application begins to listen. */
  readonly onListen?: PortListener;
}

export interface System {
  readonly hal: Hal;
  readonly kernel: Kernel;
  readonly stack: NetworkStack;
  readonly vfs: Vfs;
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

const { EBADF } = errno;

const GRACE_US = 5_000_000;
const GRACE_STEP_US = 5_000;

/**
 * Composes a system on a platform. Any number of them can live in one process.
 *
 * @throws Error, one line, when a mount or an address can't be.
 */
export function createSystem(options: SystemOptions): System {
  const { hal } = options;
  const kernel = createKernel(hal, KERNEL_LIMITS, options.trace);
  const log = createLog({ nowUs: () => kernel.nowUs() });
  log.attach((entry) => writeToConsole(hal, `${formatEntry(entry)}\n`), "warning");
  const stack = createNetworkStack(kernel);
  const vfs = createVfs({ root: createMemfs({ wallUs: () => hal.clock.wallUs() }) });
  for (const folder of ["/tmp", "/etc"]) vfs.mkdir(folder, 0o755);
  connectConsole(vfs, hal);
  mountShares(vfs, options);
  const configuration = configureNetwork(
    kernel,
    stack,
    options.network ?? { kind: "dhcp" },
    options.hosts ?? {},
    log.logger("network"),
  );
  const { tcp, udp } = observeListeners(stack, options.onListen);
  const context: ApiContext = {
    tcp,
    udp,
    network: stack.ipv4,
    resolver: createNameResolver(configuration.dns, (config) =>
      createDnsResolver({ kernel, entropy: hal.entropy, udp: stack.udp, tcp: stack.tcp }, config),
    ),
    timers: kernel.timers,
    memory: hal.memory,
    entropy: hal.entropy,
    nowUs: () => kernel.nowUs(),
    wallUs: () => hal.clock.wallUs(),
    defer: (callback) => kernel.defer(callback),
    wake: () => kernel.wake(),
    whenConfigured: configuration.whenConfigured,
    ...(options.hold && { hold: options.hold }),
    ...(options.release && { release: options.release }),
  };
  const dns = createDns(context);
  const net = createNet(context, dns.lookup);
  let stopped: Promise<void> | undefined;
  return {
    hal,
    kernel,
    stack,
    vfs,
    fs: createFs({
      vfs,
      defer: context.defer,
      wallUs: context.wallUs,
      random: (target) => hal.entropy.fill(target),
      setTimer: (callback, delayMs) => startTimer(kernel, callback, delayMs),
    }),
    net,
    dgram: createDgram(context, dns.lookup),
    dns,
    http: createHttp({ ...context, net }),
    timers: createTimers(context),
    log,
    state: () => takeSnapshot(kernel, stack, vfs),
    stop(graceUs = GRACE_US): Promise<void> {
      stopped ??= stopSystem(kernel, stack, graceUs).then(() => {
        configuration.stop();
        stack.stop();
        vfs.stop();
        kernel.stop();
        hal.close();
      });
      return stopped;
    },
  };
}

function writeToConsole(hal: Hal, text: string): void {
  hal.console.write(2, Buffer.from(text, "utf8"));
}

/** Descriptors 1 and 2 write to the console. Descriptor 0 is at its end: nobody waits for input. */
function connectConsole(vfs: Vfs, hal: Hal): void {
  vfs.setStream(0, { read: () => 0, write: () => -EBADF });
  for (const stream of [1, 2] as const) {
    vfs.setStream(stream, {
      read: () => -EBADF,
      write(source, offset, length) {
        hal.console.write(stream, source.subarray(offset, offset + length));
        return length;
      },
    });
  }
}

function mountShares(vfs: Vfs, options: SystemOptions): void {
  for (const { share: name, path } of options.mounts ?? []) {
    const share = options.hal.shares.find((candidate) => candidate.name === name);
    if (share === undefined) throw new Error(`mount ${path}: the platform has no share "${name}"`);
    let folder = "";
    for (const part of path.split("/").filter((text) => text !== "")) {
      folder += `/${part}`;
      vfs.mkdir(folder, 0o755);
    }
    const result = vfs.mount(folder || "/", createShareFs(share));
    if (result < 0) throw new Error(`mount ${path}: ${errnoCode(result)}`);
  }
}

/** Closes what is open and waits until it is sent, or the time is over. */
async function stopSystem(kernel: Kernel, stack: NetworkStack, graceUs: number): Promise<void> {
  for (const listener of [...stack.tcp.listeners]) listener.close();
  for (const connection of [...stack.tcp.connections]) connection.close();
  const deadlineUs = kernel.nowUs() + graceUs;
  while (isSending(stack) && kernel.nowUs() < deadlineUs) await pause(kernel, GRACE_STEP_US);
}

/** In these states everything of ours has been acknowledged, our FIN too. */
const SENT_STATES: ReadonlySet<string> = new Set(["FIN-WAIT-2", "TIME-WAIT", "CLOSED"]);

function isSending(stack: NetworkStack): boolean {
  for (const { state } of stack.tcp.connections) if (!SENT_STATES.has(state)) return true;
  return false;
}

function startTimer(kernel: Kernel, callback: () => void, delayMs: number): () => void {
  const timer = kernel.timers.create(callback, undefined);
  timer.set(kernel.nowUs() + delayMs * 1000);
  return () => timer.cancel();
}

function pause(kernel: Kernel, us: number): Promise<void> {
  return new Promise((resolve) => {
    kernel.timers.create(resolve, undefined).set(kernel.nowUs() + us);
  });
}
