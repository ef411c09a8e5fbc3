import t from "tap";
import type { HostRecordType, LookupResult } from "./host-sockets.ts";
import { NameService } from "./name-service.ts";
import { createGatewayNetwork } from "./network.ts";
import { FakeSockets } from "./testing/fake-sockets.ts";

function createService(maxQueries = 2) {
  const sockets = new FakeSockets();
  const service = new NameService({ sockets, network: createGatewayNetwork(), maxQueries });
  const ask = (name: string, type: HostRecordType = "A"): LookupResult[] => {
    const results: LookupResult[] = [];
    service.ask(name, type, (result) => results.push(result));
    return results;
  };
  return { sockets, service, ask };
}

const ok = (...records: object[]) => [{ status: "ok", records }];

t.test("the host's own names are answered here", async (t) => {
  const { sockets, ask } = createService();
  t.same(ask("host.libos.internal"), ok({ type: "A", address: "10.0.2.2" }));
  t.same(ask("host.libos.internal", "AAAA"), [{ status: "no-data" }]);
  t.same(ask("other.libos.internal"), [{ status: "no-name" }]);
  t.same(ask("localhost"), ok({ type: "A", address: "127.0.0.1" }));
  t.same(ask("a.localhost", "AAAA"), ok({ type: "AAAA", address: "::1" }));
  t.same(ask("2.2.0.10.in-addr.arpa", "PTR"), ok({ type: "PTR", name: "host.libos.internal" }));
  t.same(ask("9.2.0.10.in-addr.arpa", "PTR"), [{ status: "no-name" }]);
  t.equal(sockets.questions.length, 0);
});

t.test("what is no name is not asked of the host", async (t) => {
  const { sockets, ask } = createService();
  for (const name of ["1", "127.1", "10.0.0.1", "a.0x7f", "a b", "a\0b", "a..b", "x".repeat(64)]) {
    t.same(ask(name), [{ status: "no-name" }], name);
  }
  t.same(ask("", "A"), [{ status: "no-data" }]);
  t.equal(sockets.questions.length, 0);
});

t.test("other names go to the host, the same question once", async (t) => {
  const { sockets, ask, service } = createService();
  const [first, second] = [ask("example.org"), ask("example.org")];
  t.equal(sockets.questions.length, 1);
  const result: LookupResult = {
    status: "ok",
    records: [{ type: "A", address: "192.0.2.1" }],
  };
  sockets.questions[0]!.done(result);
  t.same(first, [result]);
  t.same(second, [result]);
  t.equal(service.pending, 0);
});

t.test("at the bound of questions under way the answer is a failure", async (t) => {
  const { sockets, ask } = createService(2);
  t.same(ask("a.example"), []);
  t.same(ask("b.example"), []);
  t.same(ask("c.example"), [{ status: "failed" }]);
  t.same(ask("a.example"), []);
  t.same(ask("a.example"), [{ status: "failed" }]);
  sockets.questions[1]!.done({ status: "no-name" });
  t.same(ask("c.example"), []);
});
