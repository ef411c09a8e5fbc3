/**
 * One question, asked of one server after another until somebody answers (RFC 1035, 7.2, 7.3; RFC
 * 5452 against forged answers: a random id and a random port for each query, and the answer must
 * come from the server asked and repeat the question).
 */
import type { Entropy } from "../../libos/hal/mod.ts";
import type { Kernel, TimerEntry } from "../../libos/kernel/mod.ts";
import { readU16 } from "../../libos/kernel/mod.ts";
import { SEND } from "../ip/mod.ts";
import type { Address } from "../ip/mod.ts";
import type { Tcp } from "../tcp/mod.ts";
import type { Udp, UdpSocket } from "../udp/mod.ts";
import type { DnsMessage } from "./message.ts";
import { encodeMessage, parseMessage, queryMessage } from "./message.ts";
import { canonicalName } from "./name.ts";
import type { DnsQuestion } from "./record.ts";
import { startTcpQuery } from "./tcp-query.ts";
import type { DnsConfig, DnsCounters, DnsErrorCode, DnsServer } from "./types.ts";
import { DNS_CLASS, DNS_PORT, DNS_RCODE } from "./wire.ts";

/** What an exchange needs. */
export interface ExchangeNeeds {
  readonly kernel: Kernel;
  readonly entropy: Entropy;
  readonly udp: Udp;
  /** Absent: truncated answers are errors. */
  readonly tcp: Tcp | undefined;
  readonly config: DnsConfig;
  readonly servers: readonly DnsServer[];
  readonly counters: DnsCounters;
  /** Servers that did not understand EDNS. */
  readonly withoutEdns: Set<DnsServer>;
}

const DEFAULT_TIMEOUT_US = 2_000_000;
const DEFAULT_ATTEMPTS = 4;

export class Exchange {
  readonly #needs: ExchangeNeeds;
  readonly #name: string;
  readonly #type: number;
  readonly #done: (message: DnsMessage | undefined, error: DnsErrorCode) => void;
  readonly #timer: TimerEntry;
  readonly #random = new Uint8Array(2);
  #tries = 0;
  #error: DnsErrorCode = "ECONNREFUSED";
  #socket: UdpSocket | undefined;
  #cancelTcp: (() => void) | undefined;
  #id = 0;
  #question: DnsQuestion;
  #usesEdns = false;
  #isEnded = false;

  /**
   * @param done Called once, never before `start` has returned: with a response whose code is
   *   NOERROR or NXDOMAIN, or with undefined and why there is none.
   */
  constructor(
    needs: ExchangeNeeds,
    name: string,
    type: number,
    done: (message: DnsMessage | undefined, error: DnsErrorCode) => void,
  ) {
    this.#needs = needs;
    this.#name = name;
    this.#type = type;
    this.#done = done;
    this.#question = { name, type, class: DNS_CLASS.IN };
    this.#timer = needs.kernel.timers.create(() => this.#expired(), undefined);
  }

  start(): void {
    this.#needs.kernel.defer(() => this.#next());
  }

  cancel(): void {
    this.#isEnded = true;
    this.#closeTry();
  }

  get #server(): DnsServer {
    const { servers } = this.#needs;
    return servers[this.#tries % servers.length]!;
  }

  /** Makes the next try: a server after the other, round by round. */
  #next(): void {
    const { config, servers, udp } = this.#needs;
    const total = servers.length * (config.attempts ?? DEFAULT_ATTEMPTS);
    while (!this.#isEnded) {
      if (this.#tries >= total) {
        this.#end(undefined, this.#error);
        return;
      }
      const socket = udp.bind({
        address: 0,
        port: 0,
        handler: {
          onDatagram: (_socket, offset, length, address, port) =>
            this.#input(offset, length, address, port),
          onUnreachable: () => this.#fail("ECONNREFUSED"),
        },
      });
      if (typeof socket === "string") {
        this.#end(undefined, "ENOMEM");
        return;
      }
      this.#socket = socket;
      if (this.#send(socket)) return;
      this.#closeTry();
      this.#error = "ECONNREFUSED";
      this.#tries++;
    }
  }

  /** @returns False when there is no way to the server. */
  #send(socket: UdpSocket): boolean {
    const { counters } = this.#needs;
    const server = this.#server;
    const query = this.#makeQuery(server);
    const { address, port = DNS_PORT } = server;
    const result = socket.send(query, 0, query.length, address, port);
    // A full device loses the query as the wire may; the timer sees to it.
    if (result !== SEND.OK && result !== SEND.FULL) return false;
    counters.queriesSent++;
    this.#setTimer();
    return true;
  }

  #makeQuery(server: DnsServer): Uint8Array {
    const { config, entropy, withoutEdns } = this.#needs;
    entropy.fill(this.#random);
    this.#id = readU16(this.#random, 0);
    const name = config.use0x20 === true ? this.#randomCase(this.#name) : this.#name;
    this.#question = { name, type: this.#type, class: DNS_CLASS.IN };
    this.#usesEdns = (config.edns ?? true) && !withoutEdns.has(server);
    return encodeMessage(queryMessage(this.#id, this.#question, this.#usesEdns));
  }

  #input(offset: number, length: number, address: Address, port: number): void {
    const { kernel, counters } = this.#needs;
    const server = this.#server;
    const isFromServer = address === server.address && port === (server.port ?? DNS_PORT);
    const bytes = kernel.memory.packet.bytes.slice(offset, offset + length);
    const message = isFromServer ? parseMessage(bytes) : undefined;
    if (message === undefined || !this.#isAnswer(message)) {
      counters.ignoredResponses++;
      return;
    }
    counters.responsesReceived++;
    if (message.isTruncated) this.#askByTcp();
    else this.#take(message);
  }

  #isAnswer(message: DnsMessage): boolean {
    if (message.id !== this.#id || !message.isResponse || message.opcode !== 0) return false;
    const asked = this.#question;
    const [question] = message.questions;
    // A server that understood nothing may repeat nothing.
    if (question === undefined) return message.rcode === DNS_RCODE.FORMERR;
    const isSameName =
      this.#needs.config.use0x20 === true
        ? question.name === asked.name
        : canonicalName(question.name) === canonicalName(asked.name);
    return (
      isSameName &&
      message.questions.length === 1 &&
      question.type === asked.type &&
      question.class === asked.class
    );
  }

  #askByTcp(): void {
    const { counters, kernel, tcp } = this.#needs;
    this.#closeTry();
    if (tcp === undefined) {
      this.#fail("EBADRESP");
      return;
    }
    counters.tcpQueries++;
    const query = this.#makeQuery(this.#server);
    this.#cancelTcp = startTcpQuery(kernel, tcp, this.#server, query, (response) => {
      this.#cancelTcp = undefined;
      const message = response && parseMessage(response);
      if (message !== undefined && this.#isAnswer(message) && !message.isTruncated) {
        counters.responsesReceived++;
        this.#take(message);
      } else {
        this.#fail(response === undefined ? "ECONNREFUSED" : "EBADRESP");
      }
    });
    if (this.#cancelTcp === undefined) this.#fail("ECONNREFUSED");
    else this.#setTimer();
  }

  #take(message: DnsMessage): void {
    const { rcode } = message;
    switch (rcode) {
      case DNS_RCODE.NOERROR:
      case DNS_RCODE.NXDOMAIN:
        this.#end(message, "EBADRESP");
        return;
      case DNS_RCODE.FORMERR:
      case DNS_RCODE.NOTIMP:
      case DNS_RCODE.BADVERS:
        if (this.#usesEdns) {
          // RFC 6891, 6.2.2 and 7: such a server is asked again without EDNS.
          this.#needs.counters.ednsFallbacks++;
          this.#needs.withoutEdns.add(this.#server);
          this.#closeTry();
          this.#next();
          return;
        }
        this.#fail(rcode === DNS_RCODE.FORMERR ? "EFORMERR" : "ENOTIMP");
        return;
      case DNS_RCODE.SERVFAIL:
        this.#fail("ESERVFAIL");
        return;
      case DNS_RCODE.REFUSED:
        this.#fail("EREFUSED");
        return;
      default:
        this.#fail("EBADRESP");
    }
  }

  #expired(): void {
    this.#needs.counters.timeouts++;
    this.#fail("ETIMEOUT");
  }

  /** This try has failed: on to the next. */
  #fail(error: DnsErrorCode): void {
    this.#error = error;
    this.#closeTry();
    this.#tries++;
    this.#next();
  }

  #end(message: DnsMessage | undefined, error: DnsErrorCode): void {
    if (this.#isEnded) return;
    this.cancel();
    this.#done(message, error);
  }

  #closeTry(): void {
    this.#timer.cancel();
    this.#socket?.close();
    this.#socket = undefined;
    this.#cancelTcp?.();
    this.#cancelTcp = undefined;
  }

  #setTimer(): void {
    const { config, kernel, servers } = this.#needs;
    const round = Math.floor(this.#tries / servers.length);
    const timeoutUs = (config.timeoutUs ?? DEFAULT_TIMEOUT_US) * 2 ** Math.min(round, 4);
    this.#timer.set(kernel.nowUs() + timeoutUs);
  }

  /** Writes each letter large or small at random (draft-vixie-dnsext-dns0x20). */
  #randomCase(name: string): string {
    const bits = new Uint8Array(name.length);
    this.#needs.entropy.fill(bits);
    return Array.from(name, (letter, index) =>
      (bits[index]! & 1) === 1 ? letter.toUpperCase() : letter,
    ).join("");
  }
}
