/** Name servers as text: "10.0.2.3", "10.0.2.3:5353", "::1", "[::1]:5353". */
import { codedError, type CodedError, invalidArgType } from "../shared/errors.ts";
import { isIPv4, isIPv6 } from "../shared/ip-text.ts";

const DNS_PORT = 53;

/** One name server. */
export interface ServerText {
  readonly address: string;
  readonly port: number;
}

function invalidIp(text: string): CodedError {
  return codedError("ERR_INVALID_IP_ADDRESS", `Invalid IP address: ${text}`, TypeError);
}

/** @throws ERR_INVALID_IP_ADDRESS. */
export function parseServer(text: string): ServerText {
  if (isIPv4(text) || isIPv6(text)) return { address: text, port: DNS_PORT };
  const match = /^(?:\[([^[\]]*)\]|([^:]*))(?::(\d+))?$/.exec(text);
  const [, ipv6, ipv4, port] = match ?? [];
  const address = ipv6 ?? ipv4 ?? "";
  const number = Number(port ?? DNS_PORT);
  if (!(ipv6 === undefined ? isIPv4(address) : isIPv6(address)) || number > 0xffff) {
    throw invalidIp(text);
  }
  return { address, port: number || DNS_PORT };
}

/** @returns The shortest text that means the server. */
export function formatServer({ address, port }: ServerText): string {
  if (port === DNS_PORT) return address;
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

/**
 * @returns The servers in their shortest form, each once.
 * @throws ERR_INVALID_ARG_TYPE, ERR_INVALID_IP_ADDRESS as `dns.setServers` does.
 */
export function validateServers(servers: unknown): string[] {
  if (!Array.isArray(servers)) throw invalidArgType("servers", "Array", servers);
  const texts = servers.map((server: unknown, index) => {
    if (typeof server !== "string") throw invalidArgType(`servers[${index}]`, "string", server);
    return formatServer(parseServer(server));
  });
  return [...new Set(texts)];
}
