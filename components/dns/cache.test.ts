import t from "tap";
import { DnsCache } from "./cache.ts";
import { DNS_LIMITS } from "./limits.ts";
import type { DnsRecord } from "./record.ts";

function record(ttlS: number, address = 1): DnsRecord {
  return { name: "a", type: 1, class: 1, ttlS, data: { kind: "A", address } };
}

function setUp(limits = {}) {
  const time = { us: 0 };
  const cache = new DnsCache({ ...DNS_LIMITS, ...limits }, () => time.us);
  const ttl = (name: string) => {
    const known = cache.get(name, 1);
    return known?.kind === "records" ? known.records[0]!.ttlS : known?.code;
  };
  return { cache, time, ttl };
}

t.test("records are kept for the shortest of their times, which runs down", async (t) => {
  const { cache, time, ttl } = setUp();
  cache.putRecords("a", 1, [record(300), record(60, 2)]);
  time.us = 10_500_000;
  t.equal(ttl("a"), 50);
  time.us = 60_000_000;
  t.equal(ttl("a"), undefined);
});

t.test("times are capped; zero and the highest bit mean: not at all (RFC 2181 8)", async (t) => {
  const { cache, ttl } = setUp({ maxTtlS: 100 });
  cache.putRecords("long", 1, [record(1_000_000)]);
  cache.putRecords("zero", 1, [record(0)]);
  cache.putRecords("negative", 1, [record(2 ** 31)]);
  t.equal(ttl("long"), 100);
  t.equal(ttl("zero"), undefined);
  t.equal(ttl("negative"), undefined);
});

t.test("that a name is not there holds for all types; no data for one (RFC 2308 5)", async (t) => {
  const { cache } = setUp({ maxNegativeTtlS: 50 });
  cache.putNegative("gone", 1, "ENOTFOUND", 1000);
  cache.putNegative("bare", 1, "ENODATA", 1000);
  t.match(cache.get("gone", 28), { code: "ENOTFOUND" });
  t.match(cache.get("bare", 1), { code: "ENODATA" });
  t.equal(cache.get("bare", 28), undefined);
  cache.putRecords("gone", 1, [record(60)]);
  t.match(cache.get("gone", 1), { kind: "records" });
});

t.test("at the bound the entry that was used longest ago gives way", async (t) => {
  const { cache, ttl } = setUp({ maxCacheEntries: 2 });
  cache.putRecords("a", 1, [record(60)]);
  cache.putRecords("b", 1, [record(60)]);
  ttl("a");
  cache.putRecords("c", 1, [record(60)]);
  t.same([ttl("a"), ttl("b"), ttl("c")], [60, undefined, 60]);
  t.equal(cache.size, 2);
});

t.test("a set of too many records is not kept", async (t) => {
  const { cache, ttl } = setUp({ maxCachedRecords: 2 });
  cache.putRecords("a", 1, [record(60), record(60), record(60)]);
  t.equal(ttl("a"), undefined);
});
