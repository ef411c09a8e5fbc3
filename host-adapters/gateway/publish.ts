/** Publishing ports of applications at the host. */
import { parseIpv6 } from "../../components/dns/mod.ts";
import type { Address } from "../../components/ip/mod.ts";
import { parseIpv4 } from "../../components/ipv4/mod.ts";
import type { HostError } from "./host-sockets.ts";
import { publishTcp, type TcpInNeeds } from "./tcp-in.ts";
import { publishUdp, type UdpInNeeds } from "./udp-in.ts";

/** A port of an application that clients reach at a port of the host. */
export interface PublishOptions {
  /**
   * Default "127.0.0.1": only this machine. "0.0.0.0": whoever reaches this machine. Clients of an
   * IPv6 address ("::1", "::") appear as the gateway.
   */
  readonly hostAddress?: string;
  /** 0 .. 65535; 0 lets the host choose. */
  readonly hostPort: number;
  /** 1 .. 65535. */
  readonly appPort: number;
  /** Default: the first system's address. */
  readonly appAddress?: string;
  /** Default "tcp". */
  readonly protocol?: "tcp" | "udp";
}

/** An open published port. */
export interface PublishedPort {
  readonly protocol: "tcp" | "udp";
  readonly hostAddress: string;
  /** The port in use: the chosen one where 0 was asked for. */
  readonly hostPort: number;
  readonly appAddress: Address;
  readonly appPort: number;
  /** Takes no new clients. Open flows live on. Idempotent. */
  close(): void;
}

const MEANING: Readonly<Record<string, string>> = {
  EADDRINUSE:
    "the port is in use; stop what uses it, or publish another one (0 lets the host choose)",
  EACCES: "the host refuses it; ports below 1024 usually need privileges, so publish a higher one",
  EADDRNOTAVAIL: "the host has no such address; 127.0.0.1 and 0.0.0.0 always work",
};

/** A port could not be published. The message is one line that says what to do. */
export class PublishError extends Error {
  override readonly name: string = "PublishError";
  readonly code: HostError;
  readonly syscall: "listen" | "bind";
  readonly address: string;
  readonly port: number;

  constructor(code: HostError, protocol: "tcp" | "udp", address: string, port: number) {
    const meaning = MEANING[code] ?? "the host refuses it";
    super(`cannot publish ${protocol} port ${address}:${port}: ${meaning} (${code})`);
    this.code = code;
    this.syscall = protocol === "tcp" ? "listen" : "bind";
    this.address = address;
    this.port = port;
  }
}

/** What publishing needs. */
export interface PublishNeeds {
  readonly tcp: TcpInNeeds;
  readonly udp: UdpInNeeds;
  /** Where flows go if nothing else is said. */
  readonly appAddress: Address;
}

const isPort = (port: number, least: number): boolean =>
  Number.isInteger(port) && port >= least && port <= 65_535;

/**
 * Opens one port of the host.
 *
 * @throws PublishError when the host refuses, RangeError for a port or an address that can't be.
 */
export function publishPort(needs: PublishNeeds, options: PublishOptions): Promise<PublishedPort> {
  const { hostAddress = "127.0.0.1", hostPort, appPort, protocol = "tcp" } = options;
  const appAddress =
    options.appAddress === undefined ? needs.appAddress : parseIpv4(options.appAddress);
  if (!isPort(hostPort, 0)) throw new RangeError(`host port ${hostPort}: 0 .. 65535 are possible`);
  if (!isPort(appPort, 1)) throw new RangeError(`port ${appPort}: 1 .. 65535 are possible`);
  const isHostAddress = (parseIpv4(hostAddress) ?? parseIpv6(hostAddress)) !== undefined;
  if (appAddress === undefined || !isHostAddress) {
    const wrong = appAddress === undefined ? options.appAddress : hostAddress;
    throw new RangeError(`address ${wrong}: expected an IP address such as 127.0.0.1`);
  }
  return new Promise((resolve, reject) => {
    const where = { hostAddress, hostPort, appAddress, appPort };
    const onListening = (open: { readonly port: number; close(): void }): void =>
      resolve({ ...where, protocol, hostPort: open.port, close: () => open.close() });
    const onError = (error: HostError): void =>
      reject(new PublishError(error, protocol, hostAddress, hostPort));
    if (protocol === "tcp") publishTcp(needs.tcp, { ...where, onListening, onError });
    else publishUdp(needs.udp, { ...where, onListening, onError });
  });
}
