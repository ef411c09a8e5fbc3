/** Name look-ups by the host: `getaddrinfo` for addresses, its DNS servers for other types. */
import dns from "node:dns";
import type { HostRecord, HostRecordType, LookupResult } from "./host-sockets.ts";

/** How long one server of the host is waited for, and how often it is asked. */
const QUERY_TIMEOUT_MS = 3_000;
const QUERY_TRIES = 2;

type Done = (result: LookupResult) => void;

const NO_DATA: LookupResult = { status: "no-data" };
const NO_NAME: LookupResult = { status: "no-name" };
const FAILED: LookupResult = { status: "failed" };

/** What Node's resolver gives for each type, as far as it is used here. */
interface NodeSoa {
  nsname: string;
  hostmaster: string;
  serial: number;
  refresh: number;
  retry: number;
  expire: number;
  minttl: number;
}

/** The names half of `HostSockets` on Node. */
export class NodeNames {
  readonly #resolver: dns.Resolver = new dns.Resolver({
    timeout: QUERY_TIMEOUT_MS,
    tries: QUERY_TRIES,
  });
  #isClosed = false;

  /** @param servers "address:port" of DNS servers, instead of the host's own. */
  constructor(servers?: readonly string[]) {
    if (servers !== undefined) this.#resolver.setServers(servers);
  }

  resolve(name: string, type: HostRecordType, done: Done): void {
    const report: Done = (result) => {
      if (!this.#isClosed) done(result);
    };
    if (type === "A" || type === "AAAA") this.#lookup(name, type, report);
    else this.#query(name, type, report);
  }

  close(): void {
    this.#isClosed = true;
    this.#resolver.cancel();
  }

  #lookup(name: string, type: "A" | "AAAA", done: Done): void {
    const family = type === "A" ? 4 : 6;
    dns.lookup(name, { family, all: true }, (error, addresses) => {
      if (error === null) {
        done({ status: "ok", records: addresses.map(({ address }) => ({ type, address })) });
      } else if (error.code === "ENOTFOUND") {
        this.#explainNotFound(name, type, done);
      } else {
        done(FAILED);
      }
    });
  }

  /**
   * `getaddrinfo` does not say whether the name is unknown or has no address of this family: ask
   * for the other family, and then the DNS servers.
   */
  #explainNotFound(name: string, type: "A" | "AAAA", done: Done): void {
    dns.lookup(name, { family: type === "A" ? 6 : 4 }, (error) => {
      if (error === null) return done(NO_DATA);
      if (error.code !== "ENOTFOUND") return done(FAILED);
      this.#resolver.resolve(name, type, (queryError) => {
        done(queryError?.code === dns.NODATA ? NO_DATA : NO_NAME);
      });
    });
  }

  #query(name: string, type: Exclude<HostRecordType, "A" | "AAAA">, done: Done): void {
    this.#resolver.resolve(name, type, (error: NodeJS.ErrnoException | null, answer: unknown) => {
      if (error === null) {
        const records = (Array.isArray(answer) ? answer : [answer]).map((entry: unknown) =>
          toRecord(type, entry),
        );
        done(records.length > 0 ? { status: "ok", records } : NO_DATA);
      } else if (error.code === dns.NODATA) {
        done(NO_DATA);
      } else if (error.code === dns.NOTFOUND) {
        done(NO_NAME);
      } else {
        done(FAILED);
      }
    });
  }
}

function toRecord(type: Exclude<HostRecordType, "A" | "AAAA">, entry: unknown): HostRecord {
  switch (type) {
    case "CNAME":
    case "NS":
    case "PTR":
      return { type, name: entry as string };
    case "MX": {
      const { priority, exchange } = entry as dns.MxRecord;
      return { type, preference: priority, exchange };
    }
    case "TXT":
      return { type, strings: entry as string[] };
    case "SRV": {
      const { priority, weight, port, name } = entry as dns.SrvRecord;
      return { type, priority, weight, port, target: name };
    }
    case "SOA": {
      const { nsname, hostmaster, minttl, ...times } = entry as NodeSoa;
      return { ...times, type, primary: nsname, mailbox: hostmaster, minimum: minttl };
    }
    case "NAPTR": {
      const { service, ...rest } = entry as dns.NaptrRecord;
      // Node's objects may have a `type` of their own.
      return { ...rest, type, services: service };
    }
    case "CAA": {
      const { critical, ...property } = entry as Record<string, unknown> & { critical: number };
      const [tag = "issue", value = ""] =
        Object.entries(property).find(([key]) => key !== "type") ?? [];
      return { type, critical: critical !== 0, tag, value: String(value) };
    }
  }
}
