import dgram from "node:dgram";
import { once } from "node:events";
import t from "tap";
import {
  DNS_RCODE,
  DNS_TYPE,
  type DnsRecord,
  encodeMessage,
  parseMessage,
  type RecordData,
  responseMessage,
} from "../../components/dns/mod.ts";
import type { HostRecordType, LookupResult } from "./host-sockets.ts";
import { NodeNames } from "./node-names.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What the test's DNS server knows, by type. */
const ZONE: Readonly<Partial<Record<HostRecordType, RecordData>>> = {
  MX: { kind: "MX", preference: 10, exchange: "mail.example" },
  TXT: { kind: "TXT", strings: [utf8("one"), utf8("two")] },
  SRV: { kind: "SRV", priority: 1, weight: 2, port: 3, target: "srv.example" },
  NS: { kind: "NS", target: "ns.example" },
  CNAME: { kind: "CNAME", target: "alias.example" },
  PTR: { kind: "PTR", target: "name.example" },
  CAA: { kind: "CAA", flags: 128, tag: "issue", value: utf8("ca.example") },
  NAPTR: {
    kind: "NAPTR",
    order: 1,
    preference: 2,
    flags: "u",
    services: "E2U+sip",
    regexp: "!^.*$!sip:a@example!",
    replacement: ".",
  },
  SOA: {
    kind: "SOA",
    primary: "ns.example",
    mailbox: "hostmaster.example",
    serial: 1,
    refreshS: 2,
    retryS: 3,
    expireS: 4,
    minimumS: 5,
  },
};

const RCODES: Readonly<Record<string, number>> = {
  "unknown.example": DNS_RCODE.NXDOMAIN,
  "broken.example": DNS_RCODE.SERVFAIL,
};

async function startDns(test: { teardown(job: () => void): void }): Promise<string> {
  const server = dgram.createSocket("udp4").bind(0, "127.0.0.1");
  await once(server, "listening");
  test.teardown(() => server.close());
  server.on("message", (bytes, remote) => {
    const query = parseMessage(bytes);
    const question = query?.questions[0];
    if (query === undefined || question === undefined) return;
    const { name, type } = question;
    const data = name === "empty.example" ? undefined : ZONE[typeName(type)];
    const record: DnsRecord[] =
      data === undefined ? [] : [{ name, type, class: 1, ttlS: 60, data }];
    const rcode = RCODES[name] ?? DNS_RCODE.NOERROR;
    const response = responseMessage(query, rcode, rcode === DNS_RCODE.NOERROR ? record : []);
    server.send(encodeMessage(response), remote.port, remote.address);
  });
  return `127.0.0.1:${server.address().port}`;
}

function typeName(type: number): HostRecordType {
  return Object.entries(DNS_TYPE).find(([, value]) => value === type)![0] as HostRecordType;
}

const ask = (names: NodeNames, name: string, type: HostRecordType): Promise<LookupResult> =>
  new Promise((resolve) => {
    names.resolve(name, type, resolve);
  });

t.test("every type of record comes over from the host's servers", async (t) => {
  const names = new NodeNames([await startDns(t)]);
  t.teardown(() => names.close());
  const wanted: Readonly<Partial<Record<HostRecordType, object>>> = {
    MX: { preference: 10, exchange: "mail.example" },
    TXT: { strings: ["one", "two"] },
    SRV: { priority: 1, weight: 2, port: 3, target: "srv.example" },
    NS: { name: "ns.example" },
    CNAME: { name: "alias.example" },
    PTR: { name: "name.example" },
    CAA: { critical: true, tag: "issue", value: "ca.example" },
    NAPTR: { order: 1, preference: 2, flags: "u", services: "E2U+sip", replacement: "" },
    SOA: { primary: "ns.example", mailbox: "hostmaster.example", serial: 1, minimum: 5 },
  };
  for (const [type, record] of Object.entries(wanted)) {
    const result = await ask(names, "all.example", type as HostRecordType);
    t.match(result, { status: "ok", records: [{ type, ...record }] }, type);
  }
});

t.test("no name, no data and no answer are told apart", async (t) => {
  const names = new NodeNames([await startDns(t)]);
  t.teardown(() => names.close());
  t.same(await ask(names, "unknown.example", "MX"), { status: "no-name" });
  t.same(await ask(names, "empty.example", "MX"), { status: "no-data" });
  t.same(await ask(names, "broken.example", "MX"), { status: "failed" });
});

t.test("nothing is answered after close", async (t) => {
  const names = new NodeNames([await startDns(t)]);
  let answers = 0;
  names.resolve("all.example", "MX", () => answers++);
  names.close();
  await new Promise((resolve) => setTimeout(resolve, 50));
  t.equal(answers, 0);
});
