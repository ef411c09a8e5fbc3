import { parseMessage } from "../dns/mod.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";
import { lazy } from "../testing/hostile-wire.ts";
import { createZone } from "./create-zone.ts";
import { DNS_SERVER_LIMITS } from "./limits.ts";
import { DnsResponder } from "./responder.ts";
import { createServerWorld } from "./testing/server-world.ts";
import { bytesOf, EXAMPLE_ZONE, queryBytes, SMALL_ZONE, zoneOf } from "./testing/zones.ts";
import { ZoneError } from "./zone-error.ts";
import { parseZoneFile } from "./zone-file.ts";

const QUERIES: readonly Uint8Array[] = [
  queryBytes("www.example.org", 1),
  queryBytes("Example.ORG", 15, { udpBytes: 4_096, dnssecOk: true }),
  queryBytes("nothing.example.org", 28, { udpBytes: 1_232 }),
  queryBytes("a.b.wild.example.org", 16, { udpBytes: 512 }),
  queryBytes("x.sub.example.org", 1, { udpBytes: 1_232 }),
  queryBytes("chain.example.org", 255),
  queryBytes(".", 2),
];

const framed = (...queries: readonly Uint8Array[]): Uint8Array =>
  Uint8Array.from(queries.flatMap((query) => [query.length >> 8, query.length & 255, ...query]));

const responder = lazy(() => new DnsResponder([zoneOf(EXAMPLE_ZONE)]));
const world = lazy(() => createServerWorld([zoneOf(EXAMPLE_ZONE)]));

/** A response answers its query: it is well-formed, short enough, and repeats id and question. */
function check(query: Uint8Array, response: Uint8Array, maxBytes: number): void {
  const message = parseMessage(response);
  if (message === undefined) throw new Error("the response is malformed");
  if (response.length > maxBytes) throw new Error(`the response has ${response.length} bytes`);
  if (!message.isResponse) throw new Error("the response is a query");
  if (message.id !== query[0]! * 256 + query[1]!) throw new Error("the id is another one");
  const asked = parseMessage(query);
  if (asked === undefined || message.questions.length === 0) return;
  if (JSON.stringify(asked.questions) !== JSON.stringify(message.questions)) {
    throw new Error("the question is another one");
  }
}

export const fuzz: FuzzTarget[] = [
  {
    name: "dns server query",
    seeds: QUERIES,
    run(bytes) {
      const server = responder();
      for (const isTcp of [false, true]) {
        const length = server.respond(bytes, 0, bytes.length, isTcp);
        if (length > 0) check(bytes, server.response.slice(0, length), isTcp ? 65_535 : 1_232);
      }
    },
  },
  {
    name: "dns server stream",
    seeds: [framed(...QUERIES), framed(QUERIES[1]!), framed(QUERIES[0]!, QUERIES[5]!)],
    run: (bytes) => world().stream(bytes),
  },
  {
    name: "dns zone file",
    seeds: [
      bytesOf(SMALL_ZONE),
      bytesOf(
        '$ORIGIN a.\n$TTL 1w2d3h4m5s\n@ SOA ( a\\.b c 1 2 3 4 5 )\n\tIN NS b. ; x\n"c" TXT "\\""',
      ),
    ],
    run(bytes) {
      try {
        const file = parseZoneFile(bytes, { file: "fuzz", origin: "example.org" });
        const server = new DnsResponder([createZone(file)], DNS_SERVER_LIMITS);
        for (const query of QUERIES) {
          const length = server.respond(query, 0, query.length, true);
          check(query, server.response.slice(0, length), 65_535);
        }
      } catch (error) {
        if (!(error instanceof ZoneError)) throw error;
      }
    },
  },
];
