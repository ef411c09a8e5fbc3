import t from "tap";
import { createScript } from "./testing/script.ts";

t.test("too-big makes segments smaller and sends again at once (RFC 1191)", async (t) => {
  const s = createScript(t);
  s.accept("mss 1460");
  s.write(2920);
  s.drop();
  const { cwndBytes } = s.info;
  s.error("too-big", 1, 1000);
  s.gets("P. 1+960 ack 1");
  s.gets("P. 961+960 ack 1");
  s.gets("P. 1921+960 ack 1");
  s.gets("P. 2881+40 ack 1");
  t.equal(s.info.cwndBytes, cwndBytes, "it is no sign of congestion");
});

t.test("an ICMP error about nothing in flight is ignored (RFC 5927 4.1)", async (t) => {
  const s = createScript(t);
  s.accept("mss 1460");
  s.write(2920);
  s.drop();
  s.error("too-big", 5000, 600);
  s.error("too-big", -1, 600);
  s.quiet();
  t.equal(s.info.mssBytes, 1460);
  t.equal(s.tcp.counters.networkErrors, 0);
});

t.test("too-big never goes below the minimum, nor up", async (t) => {
  const s = createScript(t);
  s.accept("mss 1460");
  s.write(1460);
  s.drop();
  s.error("too-big", 1, 9000);
  t.equal(s.info.mssBytes, 1460);
  s.error("too-big", 1, 68);
  t.equal(s.info.mssBytes, 536);
});

t.test("unreachable ends an attempt at once (RFC 5461)", async (t) => {
  for (const [kind, error] of [
    ["host-unreachable", "EHOSTUNREACH"],
    ["net-unreachable", "ENETUNREACH"],
    ["port-unreachable", "ECONNREFUSED"],
  ] as const) {
    const s = createScript(t);
    s.connect();
    s.gets("S 0");
    s.error(kind, 0);
    s.told(`close ${error}`);
  }
});

t.test("unreachable does not end a connection, but names the reason of a timeout", async (t) => {
  const s = createScript(t, { limits: { maxRetransmits: 1 } });
  s.accept();
  s.write(10);
  s.error("host-unreachable", 1);
  s.is("ESTABLISHED");
  s.wait(1000);
  s.told("close EHOSTUNREACH");
});

t.test("what an ACK has overtaken is forgotten", async (t) => {
  const s = createScript(t, { limits: { maxRetransmits: 1 } });
  s.accept();
  s.write(10);
  s.error("host-unreachable", 1);
  s.sends(". 1 ack 11");
  s.told("drain");
  s.write(10);
  s.wait(1000);
  s.told("close ETIMEDOUT");
});

t.test("time-exceeded is no error", async (t) => {
  const s = createScript(t);
  s.connect();
  s.gets("S 0");
  s.error("time-exceeded", 0);
  s.is("SYN-SENT");
});
