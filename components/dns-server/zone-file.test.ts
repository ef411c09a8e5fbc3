import t from "tap";
import { formatIpv6, type DnsRecord } from "../dns/mod.ts";
import { createZone } from "./create-zone.ts";
import { fuzz } from "./fuzz.ts";
import { DNS_SERVER_LIMITS } from "./limits.ts";
import { ZoneError } from "./zone-error.ts";
import { parseZoneFile } from "./zone-file.ts";

const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));

function parse(text: string, limits = DNS_SERVER_LIMITS): readonly DnsRecord[] {
  return parseZoneFile(bytesOf(text), { file: "z", origin: "example.org", limits }).records;
}

/** Owner, TTL and data of each record, in short. */
function brief(text: string): string[] {
  return parse(text).map(({ name, ttlS, data }) => {
    const { kind, ...fields } = data;
    const values = Object.values(fields).map((value: unknown) =>
      value instanceof Uint8Array
        ? Buffer.from(value).toString("latin1")
        : Array.isArray(value)
          ? value.map((item: Uint8Array) => `<${Buffer.from(item).toString("latin1")}>`).join("")
          : String(value),
    );
    return `${name} ${ttlS} ${kind} ${values.join(" ")}`;
  });
}

/** The message of the error that a zone of these lines gives, behind the zone's usual beginning. */
function complaint(lines: string): string {
  try {
    const head = "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n";
    createZone(parseZoneFile(bytesOf(head + lines), { file: "z", origin: "example.org" }));
    return "no error";
  } catch (error) {
    if (!(error instanceof ZoneError)) throw error;
    return error.message;
  }
}

t.test("every type is read by its fields", async (t) => {
  const records = brief(`$TTL 60
a NS b
a CNAME c.example.net.
a PTR .
a MX 10 m
a TXT one "two words" "" \\"
a SRV 1 2 3 s
a CAA 128 issue "ca; x=1"
a NAPTR 1 2 "U" "E2U+sip" "!^.*$!sip:a@b!" .
a SOA p m 4294967295 1h 2h 3w 1d
a A 192.0.2.255
a TYPE65534 \\# 3 01fF 00`);
  t.same(records, [
    "a.example.org 60 NS b.example.org",
    "a.example.org 60 CNAME c.example.net",
    "a.example.org 60 PTR .",
    "a.example.org 60 MX 10 m.example.org",
    'a.example.org 60 TXT <one><two words><><">',
    "a.example.org 60 SRV 1 2 3 s.example.org",
    "a.example.org 60 CAA 128 issue ca; x=1",
    "a.example.org 60 NAPTR 1 2 U E2U+sip !^.*$!sip:a@b! .",
    "a.example.org 60 SOA p.example.org m.example.org 4294967295 3600 7200 1814400 86400",
    "a.example.org 60 A 3221226239",
    "a.example.org 60 UNKNOWN \u0001\u00ff\u0000",
  ]);
  const [quad] = parse("a 60 AAAA 2001:DB8::192.0.2.1");
  t.equal(quad?.data.kind === "AAAA" && formatIpv6(quad.data.bytes), "2001:db8::c000:201");
});

t.test("owner, class and TTL may be left out, and come in either order", async (t) => {
  t.same(
    brief(`$TTL 1h30m
@ A 1.1.1.1
\tIN 5 A 1.1.1.2
 7 in A 1.1.1.3 ; a comment
$ORIGIN sub
CLASS1 A 1.1.1.4
$TTL 1d
*.x A 1.1.1.5
Abs.Example.NET. A 1.1.1.6`).map((line) => line.replace(/ A .*/, "")),
    [
      "example.org 5400",
      "example.org 5",
      "example.org 7",
      "CLASS1.sub.example.org 5400",
      "*.x.sub.example.org 86400",
      "Abs.Example.NET 86400",
    ],
  );
});

t.test("without $TTL, the TTL before counts, and the SOA's minimum at first", async (t) => {
  const ttls = (text: string): number[] => parse(text).map(({ ttlS }) => ttlS);
  t.same(ttls("@ SOA a b 1 2 3 4 5\n@ NS a\n@ 9 A 1.1.1.1\n@ A 1.1.1.2"), [5, 5, 9, 9]);
});

t.test("parentheses join lines, quotes and escapes keep what is in them", async (t) => {
  t.same(brief('@ 1 TXT ( "a;b" ; comment )\n\t"(c)" )\n 1 TXT x'), [
    "example.org 1 TXT <a;b><(c)>",
    "example.org 1 TXT <x>",
  ]);
  t.same(brief('a\\.b\\032c 1 TXT "\\"\\\\\\255\\065"'), [
    'a\\.b\\032c.example.org 1 TXT <"\\\u00ffA>',
  ]);
  t.same(brief("a 1 TXT a\\;b\\(c\\ d"), ["a.example.org 1 TXT <a;b(c d>"]);
  t.same(brief("\r\na 1 A 1.1.1.1\r\n\r\n"), ["a.example.org 1 A 16843009"]);
});

t.test("each mistake is told with its file and line", async (t) => {
  const mistakes: readonly (readonly [lines: string, message: string])[] = [
    ["a A 1.2.3", "z:5: not an IPv4 address: 1.2.3"],
    ["a A 1.2.3.4\nb AAAA 1::2::3", "z:6: not an IPv6 address: 1::2::3"],
    ["a A", "z:5: an IPv4 address is missing at the end"],
    ["a A 1.2.3.4 5", "z:5: too many fields: 5"],
    ["a MX mail", "z:5: the preference is a number up to 65535, not mail"],
    ["a MX 65536 mail", "z:5: the preference is a number up to 65535, not 65536"],
    ["a", "z:5: a record type is missing at the end"],
    ["a CH TXT x", "z:5: class CH: only IN is served"],
    ["a..b A 1.2.3.4", "z:5: not a domain name: a..b"],
    [`${"x".repeat(64)} A 1.2.3.4`, `z:5: not a domain name: ${"x".repeat(64)}`],
    ['a TXT "x\n"', "z:5: a quote is not closed on its line"],
    ["a TXT ( x\n\n", 'z:5: "(" without ")"'],
    ["a TXT x )", 'z:5: ")" without "("'],
    [`a TXT ${"x".repeat(256)}`, "z:5: a string of 256 bytes: 255 are the most, split it"],
    ["$INCLUDE b", "z:5: $INCLUDE is not supported: put the records into this file"],
    ["$GENERATE 1", "z:5: unknown directive $GENERATE; there are $ORIGIN and $TTL"],
    ["$TTL 1h30", "z:5: not a time: 1h30; write seconds, or 1h30m"],
    ["$TTL 2147483648", "z:5: not a time: 2147483648; write seconds, or 1h30m"],
    [
      "a HTTPS 1 .",
      "z:5: unknown type HTTPS; write a type that has no name here as TYPE65 \\# LENGTH HEX (RFC 3597)",
    ],
    ["a TYPE65 1 .", "z:5: data of TYPE65 begins with \\# (RFC 3597)"],
    ["a TYPE65 \\# 2 0", "z:5: 1 hexadecimal digits for 2 bytes"],
    ["a TYPE65 \\# 1 0g", "z:5: not hexadecimal: 0g"],
    [
      "a A \\# 4 01020304",
      "z:5: \\# is for types that have no name here; write this one by its fields",
    ],
    [
      "b.example.net. A 1.2.3.4",
      "z:5: b.example.net is not in the zone example.org; is a dot missing or too many?",
    ],
    [
      "a CNAME b\na A 1.2.3.4",
      "z:5: a.example.org has a CNAME and other records (RFC 1034, 3.6.2)",
    ],
    ["a CNAME b\na CNAME c", "z:5: a.example.org has more than one CNAME (RFC 2181, 10.1)"],
    ["a SOA a b 1 2 3 4 5", "z:5: a second SOA record, of a.example.org: the zone is example.org"],
    ["*.a NS b.example.net.", "z:5: *.a.example.org: a wildcard cannot delegate (RFC 4592, 4.2)"],
    [
      "@ MX 1 a\na CNAME ns",
      "z:5: a.example.org is an alias, and may not be named here (RFC 2181, 10.3)",
    ],
    [
      "_x._tcp SRV 1 1 1 a\na CNAME ns",
      "z:5: a.example.org is an alias, and may not be named here (RFC 2782)",
    ],
    [
      "a NS ns.a",
      "z:5: ns.a.example.org needs an A or AAAA record in this zone, as glue (RFC 1034, 4.2.1)",
    ],
    [
      "a NS b",
      "z:5: b.example.org needs an A or AAAA record in this zone, as glue (RFC 1034, 4.2.1)",
    ],
    ["a NS ns.b\nb NS ns", "no error"],
  ];
  for (const [lines, message] of mistakes) t.equal(complaint(lines), message);
  for (const origin of ["a..b", "\u65e5.test"]) {
    const message = `z:1: not a domain name: ${origin}`;
    t.throws(() => parseZoneFile(bytesOf(""), { file: "z", origin }), { message });
  }
  t.throws(() => createZone({ file: "z", records: [] }), /^z:1: there is no SOA record$/);
  t.throws(() => parse("@ A 1.1.1.1"), {
    message: "z:1: no TTL: begin the file with a line like $TTL 1h",
  });
  t.throws(() => parse(" 1 A 1.1.1.1"), { message: "z:1: the first record has no owner" });
});

t.test(
  "a record that stands twice is one, and a set has its least TTL (RFC 2181, 5)",
  async (t) => {
    const text = "@ 9 SOA a b 1 2 3 4 5\n@ 9 NS x.\na 9 MX 1 m.\na 7 MX 1 M.\na 8 MX 2 m.";
    const zone = createZone(parseZoneFile(bytesOf(text), { file: "z", origin: "example.org" }));
    const sets = [...zone.nodes.values()].find(({ name }) => name === "a.example.org")!.sets;
    t.match(sets.get(15), { ttlS: 7, data: { length: 2 } });
  },
);

t.test("what a file may hold is bounded", async (t) => {
  const limits = { ...DNS_SERVER_LIMITS, maxRecords: 1, maxFields: 4, maxFileBytes: 30 };
  t.throws(() => parse("a 1 A 1.1.1.1\na 1 A 1.1.1.2", limits), /^z:2: more than 1 records$/);
  t.throws(() => parse("a 1 TXT x y", limits), /^z:1: more than 4 fields$/);
  t.throws(() => parse(`; ${"x".repeat(29)}`, limits), /longer than 30 bytes/);
});

t.test("whatever the file, reading ends with a zone or a line that says why", async () => {
  const target = fuzz.find(({ name }) => name === "dns zone file")!;
  for (const seed of target.seeds) {
    for (let length = 0; length <= seed.length; length += 1 + (length >> 4)) {
      target.run(seed.subarray(0, length));
    }
  }
});
