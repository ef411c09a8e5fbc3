/** A zone with everything that answers differ by, and queries for it. */
import { encodeMessage, queryMessage } from "../../dns/mod.ts";
import { createZone } from "../create-zone.ts";
import type { Zone } from "../zone.ts";
import { parseZoneFile } from "../zone-file.ts";

/** One letter for each byte. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

/** 40 strings of 50 bytes: more than fits any datagram. */
const LONG_TEXT = Array.from(
  { length: 40 },
  (_, index) => `long TXT ${String(index).padEnd(50, "x")}`,
);

export const SMALL_ZONE: string = `$TTL 3600
@         SOA   ns1 host.master 7 7200 900 1209600 300
          NS    ns1
          NS    ns2.example.net.
          MX    10 Mail
          A     192.0.2.80
ns1       A     192.0.2.53
          AAAA  2001:db8::53
Mail      A     192.0.2.25
www       CNAME web
web   60  A     192.0.2.81
web   90  A     192.0.2.82
chain     CNAME chain2
chain2    CNAME www
away      CNAME www.example.net.
lost      CNAME nothing
loop      CNAME loop2
loop2     CNAME loop
below     CNAME host.sub
deep.a.b  A     192.0.2.83
*.wild    TXT   "wild"
          MX    10 mail
host.wild A     192.0.2.84
*.alias   CNAME web
_s._tcp   SRV   1 2 3 ns1
caa       CAA   0 issue "ca.example"
sub       NS    ns.sub
          NS    ns1
ns.sub    A     192.0.2.99
lame      NS    ns.example.net.
big       NS    ns.big
          NS    ns.big2
ns.big    A     192.0.2.1
ns.big2   A     192.0.2.2
`;

export const EXAMPLE_ZONE: string = SMALL_ZONE + LONG_TEXT.join("\n");

/** @throws ZoneError where the text is no zone. */
export function zoneOf(text: string, origin: string = "example.org"): Zone {
  return createZone(parseZoneFile(bytesOf(text), { file: `${origin}.zone`, origin }));
}

/** A query with id 7, without recursion, and with EDNS where `edns` is given. */
export function queryBytes(
  name: string,
  type: number,
  edns?: { readonly udpBytes: number; readonly dnssecOk?: boolean; readonly version?: number },
): Uint8Array {
  const query = queryMessage(7, { name, type, class: 1 }, false);
  const opt = edns && { version: 0, dnssecOk: false, options: [], ...edns };
  return encodeMessage({ ...query, recursionDesired: false, edns: opt });
}
