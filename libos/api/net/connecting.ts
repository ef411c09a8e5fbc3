/**
 * From a `ConnectPlan` to an established connection: the lookup, then one address, or several one
 * after another (RFC 8305, "happy eyeballs", as Node's `autoSelectFamily` has it).
 *
 * The events of the way (`lookup`, `connectionAttempt`, …) are emitted on the socket. It ends with
 * one call of `connected` or `failed`, or by `cancel`.
 */
import type { TcpConnection } from "../../../components/tcp/types.ts";
import type { TimerEntry } from "../../kernel/timers.ts";
import { ADDRCONFIG, type LookupAddress, type LookupFunction } from "../dns/lookup.ts";
import type { TcpContext } from "../shared/context.ts";
import { isIP } from "../shared/ip-text.ts";
import { Attempt, connectError, type Target } from "./attempt.ts";
import type { BlockList } from "./block-list.ts";
import {
  allAttemptsFailed,
  connectionTimeout,
  invalidFamily,
  invalidIp,
  ipBlocked,
} from "./errors.ts";
import type { ConnectPlan } from "./options.ts";

/** What connecting needs of its socket. */
export interface ConnectingSocket {
  autoSelectFamilyAttemptedAddresses?: string[];
  emit(event: string, ...values: unknown[]): boolean;
}

export interface ConnectingResult {
  connected(connection: TcpConnection): void;
  failed(error: Error): void;
}

export class Connecting {
  readonly #context: TcpContext;
  readonly #socket: ConnectingSocket;
  readonly #plan: ConnectPlan;
  readonly #blockList: BlockList | undefined;
  readonly #result: ConnectingResult;
  readonly #errors: Error[] = [];
  #addresses: readonly LookupAddress[] = [];
  #nextAddress = 0;
  #attempt: Attempt | undefined;
  #timer: TimerEntry | undefined;
  #isOver = false;

  constructor(
    context: TcpContext,
    socket: ConnectingSocket,
    plan: ConnectPlan,
    blockList: BlockList | undefined,
    result: ConnectingResult,
  ) {
    this.#context = context;
    this.#socket = socket;
    this.#plan = plan;
    this.#blockList = blockList;
    this.#result = result;
  }

  /** Begins; nothing is emitted before the caller's job has ended. */
  start(lookup: LookupFunction): void {
    const { host } = this.#plan;
    const family = isIP(host);
    if (family !== 0) this.#whenConfigured(host, () => this.#tryOne(host, family));
    else this.#lookUp(host, lookup);
  }

  /** Gives up: nothing is emitted or called afterwards. Idempotent. */
  cancel(): void {
    this.#isOver = true;
    this.#attempt?.cancel();
    this.#timer?.cancel();
  }

  /** Waits for our addresses, unless the way does not leave this system. */
  #whenConfigured(host: string, go: () => void): void {
    const guarded = (): void => {
      if (!this.#isOver) go();
    };
    if (host.startsWith("127.")) this.#context.defer(guarded);
    else this.#context.whenConfigured(() => this.#context.defer(guarded));
  }

  #lookUp(host: string, lookup: LookupFunction): void {
    const { family, autoSelectFamily, localAddress } = this.#plan;
    const hints = family === 0 && this.#plan.hints === 0 ? ADDRCONFIG : this.#plan.hints;
    if (autoSelectFamily && family === 0 && localAddress === undefined) {
      lookup(host, { family, hints, all: true }, (error, found) => {
        if (!this.#isOver) this.#foundAll(error, found as LookupAddress[]);
      });
      return;
    }
    lookup(host, { family, hints }, (error, address, addressFamily) => {
      this.#socket.emit("lookup", error, address, addressFamily, host);
      if (this.#isOver) return;
      if (error) this.#failLater(error);
      else if (typeof address !== "string" || isIP(address) === 0) {
        this.#failLater(invalidIp(address));
      } else if (addressFamily !== 4 && addressFamily !== 6) {
        this.#failLater(invalidFamily(addressFamily, host, this.#plan.port));
      } else this.#tryOne(address, addressFamily);
    });
  }

  #foundAll(error: Error | null, found: readonly LookupAddress[]): void {
    const { host, port } = this.#plan;
    if (error) {
      this.#socket.emit("lookup", error, undefined, undefined, host);
      this.#failLater(error);
      return;
    }
    const valid: LookupAddress[] = [];
    for (const { address, family } of found) {
      this.#socket.emit("lookup", null, address, family, host);
      if (this.#isOver) return;
      const isValid = isIP(address) !== 0 && (family === 4 || family === 6);
      if (isValid && !valid.some((other) => other.address === address)) {
        valid.push({ address, family });
      }
    }
    const first = found[0];
    if (valid.length > 1) {
      this.#addresses = alternateFamilies(valid);
      this.#socket.autoSelectFamilyAttemptedAddresses = [];
      this.#tryNext();
    } else if (valid.length === 1) {
      this.#tryOne(valid[0]!.address, valid[0]!.family);
    } else if (first === undefined || isIP(first.address) === 0) {
      this.#failLater(invalidIp(first?.address));
    } else {
      this.#failLater(invalidFamily(first.family, host, port));
    }
  }

  #target(address: string, family: number): Target {
    const { port, localAddress, localPort } = this.#plan;
    return { address, family, port, localAddress, localPort };
  }

  #tryOne(address: string, family: number): void {
    const target = this.#target(address, family);
    const { port } = target;
    const attempt = new Attempt(this.#context, target, {
      connected: (connection) => this.#connect(connection),
      failed: (error) => {
        this.#socket.emit("connectionAttemptFailed", address, port, family, error);
        if (!this.#isOver) this.#fail(error);
      },
    });
    const bindError = attempt.bindError();
    if (bindError !== undefined) return this.#fail(bindError);
    this.#socket.emit("connectionAttempt", address, port, family);
    if (this.#isOver) return;
    if (this.#isBlocked(target)) return this.#fail(ipBlocked(address));
    this.#attempt = attempt;
    const error = attempt.start();
    if (error !== undefined) this.#fail(error);
  }

  #tryNext(): void {
    const next = this.#addresses[this.#nextAddress++];
    if (next === undefined) {
      this.#fail(this.#errors.length > 0 ? allAttemptsFailed(this.#errors) : connectionTimeout());
      return;
    }
    const { address, family } = next;
    const target = this.#target(address, family);
    if (this.#isBlocked(target)) {
      this.#errors.push(ipBlocked(address));
      return this.#tryNext();
    }
    this.#socket.autoSelectFamilyAttemptedAddresses?.push(`${address}:${target.port}`);
    this.#socket.emit("connectionAttempt", address, target.port, family);
    if (this.#isOver) return;
    const failed = (error: Error): void => {
      this.#timer?.cancel();
      this.#errors.push(error);
      this.#socket.emit("connectionAttemptFailed", address, target.port, family, error);
      if (!this.#isOver) this.#tryNext();
    };
    this.#attempt = new Attempt(this.#context, target, {
      connected: (connection) => this.#connect(connection),
      failed,
    });
    const error = this.#attempt.start();
    if (error !== undefined) failed(error);
    else if (this.#nextAddress < this.#addresses.length) this.#armTimeout(target);
  }

  /** The last address has all the time that TCP gives it; the ones before make room. */
  #armTimeout(target: Target): void {
    this.#timer?.cancel();
    this.#timer = this.#context.timers.create(() => {
      const { address, port, family } = target;
      this.#socket.emit("connectionAttemptTimeout", address, port, family);
      if (this.#isOver) return;
      this.#attempt?.cancel();
      this.#errors.push(connectError("ETIMEDOUT", target));
      this.#tryNext();
    }, undefined);
    this.#timer.set(this.#context.nowUs() + this.#plan.attemptTimeoutMs * 1000);
  }

  #isBlocked(target: Target): boolean {
    return this.#blockList?.check(target.address, `ipv${target.family}`) === true;
  }

  #connect(connection: TcpConnection): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#result.connected(connection);
  }

  #fail(error: Error): void {
    this.cancel();
    this.#result.failed(error);
  }

  #failLater(error: Error): void {
    this.#context.defer(() => {
      if (!this.#isOver) this.#fail(error);
    });
  }
}

/** The first address's family leads; then they take turns (RFC 8305 4). */
function alternateFamilies(addresses: readonly LookupAddress[]): LookupAddress[] {
  const lead = addresses[0]!.family;
  const leading = addresses.filter(({ family }) => family === lead);
  const others = addresses.filter(({ family }) => family !== lead);
  const sorted: LookupAddress[] = [];
  for (let index = 0; index < Math.max(leading.length, others.length); index++) {
    if (leading[index] !== undefined) sorted.push(leading[index]!);
    if (others[index] !== undefined) sorted.push(others[index]!);
  }
  return sorted;
}
