import type { TcpConnection, TcpError, TcpHandler } from "../../../components/tcp/types.ts";
import type { TcpContext } from "../shared/context.ts";
import { addressError, errnoNumber, type AddressError } from "../shared/errors.ts";
import { rethrowLater } from "../shared/guard.ts";
import { parseIPv4 } from "../shared/ip-text.ts";

/** 127.0.0.1: what "connect to 0.0.0.0" means on Linux. */
const LOOPBACK_ADDRESS = 0x7f000001;

/** One address that `connect` tries. */
export interface Target {
  readonly address: string;
  readonly family: number;
  readonly port: number;
  readonly localAddress: string | undefined;
  readonly localPort: number;
}

/** How an attempt ended; one of the two is called once, in a turn. */
export interface AttemptResult {
  connected(connection: TcpConnection): void;
  failed(error: Error): void;
}

/** One SYN on its way: from `start` until TCP has an answer, or `cancel`. */
export class Attempt implements TcpHandler {
  readonly target: Target;
  readonly #context: TcpContext;
  readonly #result: AttemptResult;
  #connection: TcpConnection | undefined;

  constructor(context: TcpContext, target: Target, result: AttemptResult) {
    this.#context = context;
    this.target = target;
    this.#result = result;
  }

  /** Whether the own end may be what the caller chose (POSIX `bind`). */
  bindError(): Error | undefined {
    const { target } = this;
    const { localAddress, localPort } = target;
    const { network, tcp } = this.#context;
    if (localAddress !== undefined) {
      const address = parseIPv4(localAddress);
      if (address < 0) return bindFailure("EINVAL", target);
      if (!network.isLocal(address)) return bindFailure("EADDRNOTAVAIL", target);
    }
    if (localPort === 0) return undefined;
    for (const listener of tcp.listeners) {
      if (listener.port === localPort) return bindFailure("EADDRINUSE", target);
    }
    return undefined;
  }

  /** @returns An error that is known at once; nothing is called then. */
  start(): Error | undefined {
    const { target } = this;
    if (target.family !== 4) return connectError("EAFNOSUPPORT", target);
    if (target.port === 0) return connectError("ECONNREFUSED", target);
    const localAddress = target.localAddress === undefined ? 0 : parseIPv4(target.localAddress);
    const connection = this.#context.tcp.connect({
      address: parseIPv4(target.address) || LOOPBACK_ADDRESS,
      port: target.port,
      localAddress,
      localPort: target.localPort,
      handler: this,
    });
    if (typeof connection !== "string") {
      this.#connection = connection;
      return undefined;
    }
    const isBind = connection === "EADDRINUSE" || connection === "EADDRNOTAVAIL";
    if (isBind && (target.localPort > 0 || localAddress > 0)) {
      return bindFailure(connection, target);
    }
    const own = `${target.localAddress ?? "0.0.0.0"}:${target.localPort}`;
    return connectError(connection, target, own);
  }

  /** Gives up: no result follows. Idempotent. */
  cancel(): void {
    this.#connection?.abort();
    this.#connection = undefined;
  }

  onConnect(connection: TcpConnection): void {
    this.#connection = undefined;
    try {
      this.#result.connected(connection);
    } catch (error) {
      rethrowLater(this.#context, error);
    }
  }

  onData(): number {
    return 0;
  }

  onEnd(): void {}

  onSpace(): void {}

  onClose(_connection: TcpConnection, error: TcpError | undefined): void {
    this.#connection = undefined;
    try {
      this.#result.failed(connectError(error ?? "ECONNABORTED", this.target));
    } catch (thrown) {
      rethrowLater(this.#context, thrown);
    }
  }
}

/** `connect ECONNREFUSED 10.0.2.2:81`, with the own end where the caller chose one. */
export function connectError(code: string, target: Target, own?: string): AddressError {
  const { localAddress, localPort } = target;
  const isChosen = localAddress !== undefined && localPort > 0;
  const details = own ?? (isChosen ? `${localAddress}:${localPort}` : undefined);
  const error = addressError(code, "connect", target.address, target.port, details);
  if (own === undefined && isChosen) Object.assign(error, { localAddress, localPort });
  return error;
}

/** `bind EADDRINUSE 10.0.2.15:4000`. */
function bindFailure(code: string, target: Target): AddressError {
  const address = target.localAddress ?? "0.0.0.0";
  return addressError(errnoNumber(code), "bind", address, target.localPort);
}
