import t from "tap";
import { join, u16, u32 } from "../testing/packets.ts";
import { fuzz } from "./fuzz.ts";
import { encodeMessage, parseMessage, queryMessage, responseMessage } from "./message.ts";
import type { DnsRecord } from "./record.ts";
import { DNS_TYPE } from "./wire.ts";

const QUESTION = { name: "example.org", type: DNS_TYPE.A, class: 1 };
const NAME = [7, 101, 120, 97, 109, 112, 108, 101, 3, 111, 114, 103, 0];

function header(flags: number, ...counts: number[]): number[] {
  return [0x12, 0x34, ...u16(flags), ...counts.flatMap(u16)];
}

/** A record of example.org, by pointer to the question. */
function wireRecord(type: number, data: readonly number[]): number[] {
  return [0xc0, 12, ...u16(type), 0, 1, ...u32(300), ...u16(data.length), ...data];
}

function parsedData(type: number, data: readonly number[]) {
  const bytes = join(header(0x8180, 1, 1, 0, 0), NAME, [0, 1, 0, 1], wireRecord(type, data));
  return parseMessage(bytes)?.answers[0]?.data;
}

t.test("a query is what RFC 1035 and RFC 6891 say", async (t) => {
  const bytes = encodeMessage(queryMessage(0x1234, QUESTION, true));
  const opt = [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0];
  t.same(bytes, join(header(0x0100, 1, 0, 0, 1), NAME, [0, 1, 0, 1], opt));
  t.match(parseMessage(bytes), { id: 0x1234, recursionDesired: true, edns: { udpBytes: 1232 } });
});

t.test("each type of record is read from its wire format", async (t) => {
  const text = (letters: string) => Array.from(letters, (letter) => letter.charCodeAt(0));
  t.same(parsedData(1, [192, 0, 2, 1]), { kind: "A", address: 0xc000_0201 });
  t.same(
    parsedData(
      28,
      Array.from({ length: 16 }, (_, index) => index),
    ),
    {
      kind: "AAAA",
      bytes: Uint8Array.from({ length: 16 }, (_, index) => index),
    },
  );
  for (const [type, kind] of [
    [5, "CNAME"],
    [2, "NS"],
    [12, "PTR"],
  ] as const) {
    t.same(parsedData(type, [1, 97, 0xc0, 12]), { kind, target: "a.example.org" });
  }
  t.same(parsedData(6, [0xc0, 12, 0, ...[1, 2, 3, 4, 5].flatMap(u32)]), {
    kind: "SOA",
    primary: "example.org",
    mailbox: ".",
    serial: 1,
    refreshS: 2,
    retryS: 3,
    expireS: 4,
    minimumS: 5,
  });
  t.same(parsedData(15, [0, 10, 0xc0, 12]), {
    kind: "MX",
    preference: 10,
    exchange: "example.org",
  });
  t.same(parsedData(16, [1, 97, 0, 2, 98, 99]), {
    kind: "TXT",
    strings: [text("a"), [], text("bc")].map((string) => Uint8Array.from(string)),
  });
  t.same(parsedData(33, [0, 1, 0, 2, 0, 80, 0xc0, 12]), {
    kind: "SRV",
    priority: 1,
    weight: 2,
    port: 80,
    target: "example.org",
  });
  t.same(parsedData(257, [128, 5, ...text("issue"), ...text("ca")]), {
    kind: "CAA",
    flags: 128,
    tag: "issue",
    value: Uint8Array.from(text("ca")),
  });
  t.same(parsedData(35, [0, 1, 0, 2, 1, 85, 3, ...text("sip"), 0, 0xc0, 12]), {
    kind: "NAPTR",
    order: 1,
    preference: 2,
    flags: "U",
    services: "sip",
    regexp: "",
    replacement: "example.org",
  });
  t.same(parsedData(4711, [1, 2]), { kind: "UNKNOWN", bytes: Uint8Array.of(1, 2) });
});

t.test("data that is too short or too long for its type is malformed", async (t) => {
  const malformed: [number, number[]][] = [
    [1, [1, 2, 3]],
    [1, [1, 2, 3, 4, 5]],
    [28, [1]],
    [5, [1, 97]],
    [5, [0, 0]],
    [6, [0, 0, 1, 2, 3]],
    [15, [0]],
    [16, [5, 97]],
    [33, [0, 1, 0, 2, 0]],
    [257, [0, 9, 97]],
    [35, [0, 1, 0, 2, 1]],
    [41, [0, 1, 0, 9]],
  ];
  for (const [type, data] of malformed) t.equal(parsedData(type, data), undefined, `type ${type}`);
});

t.test("counts and lengths that lie make a message malformed", async (t) => {
  t.equal(parseMessage(new Uint8Array(11)), undefined);
  t.ok(parseMessage(Uint8Array.from(header(0, 0, 0, 0, 0))));
  t.equal(parseMessage(Uint8Array.from(header(0, 1, 0, 0, 0))), undefined);
  t.equal(parseMessage(join(header(0, 1, 0, 0, 0), NAME, [0, 1, 0])), undefined);
  t.equal(parseMessage(join(header(0, 0, 0xffff, 0, 0), [0, 0, 1])), undefined);
  const opt = [0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0];
  t.equal(parseMessage(join(header(0, 0, 0, 0, 2), opt, opt)), undefined, "two OPT records");
});

t.test("what is encoded means the same, for every type", async (t) => {
  for (const seed of fuzz[0]!.seeds) {
    const message = parseMessage(seed)!;
    t.same(parseMessage(encodeMessage(message)), message);
  }
});

t.test("upper bits of the code live in the OPT record", async (t) => {
  const query = queryMessage(1, QUESTION, true);
  const response = parseMessage(encodeMessage(responseMessage(query, 16, [])));
  t.equal(response?.rcode, 16);
});

t.test("a message that is too long is cut at a record and marked", async (t) => {
  const query = queryMessage(1, QUESTION, true);
  const answers: DnsRecord[] = Array.from({ length: 100 }, (_, address) => ({
    ...QUESTION,
    ttlS: 60,
    data: { kind: "A", address },
  }));
  const bytes = encodeMessage(responseMessage(query, 0, answers), 512);
  t.ok(bytes.length <= 512);
  const message = parseMessage(bytes)!;
  t.ok(message.isTruncated);
  t.ok(message.answers.length > 25);
  t.ok(message.edns, "the OPT record stays");
  t.equal(parseMessage(encodeMessage(responseMessage(query, 0, answers)))!.answers.length, 100);
});

t.test("additional records that do not fit are left out without a word (RFC 2181 9)", async (t) => {
  const query = queryMessage(1, QUESTION, false);
  const record: DnsRecord = { ...QUESTION, ttlS: 60, data: { kind: "A", address: 1 } };
  const additionals = Array.from({ length: 50 }, () => record);
  const response = { ...responseMessage(query, 0, [record]), additionals };
  const message = parseMessage(encodeMessage(response, 512))!;
  t.notOk(message.isTruncated);
  t.equal(message.answers.length, 1);
});

t.test("names are not compressed where that is forbidden (RFC 3597 4)", async (t) => {
  const query = queryMessage(1, QUESTION, false);
  const data = { kind: "SRV", priority: 0, weight: 0, port: 1, target: "example.org" } as const;
  const record: DnsRecord = { ...QUESTION, type: DNS_TYPE.SRV, ttlS: 60, data };
  const bytes = encodeMessage(responseMessage(query, 0, [record]));
  t.same([...bytes.subarray(-13)], NAME);
});
