import t from "tap";
import type { TcpRequest } from "./mod.ts";
import { createScript, LOCAL, PEER, PEER_PORT, type Script } from "./testing/script.ts";

function withForwarder(s: Script): TcpRequest[] {
  const requests: TcpRequest[] = [];
  s.tcp.setForwarder((request) => requests.push(request));
  return requests;
}

t.test("a SYN that no listener takes waits for the forwarder", async (t) => {
  const s = createScript(t);
  const requests = withForwarder(s);
  s.sends("S 0 win 1000 <mss 1000>");
  s.sends("S 0 win 1000 <mss 1000>");
  s.quiet();
  t.equal(requests.length, 1);
  t.match(requests[0], {
    localAddress: LOCAL,
    localPort: 80,
    remoteAddress: PEER,
    remotePort: PEER_PORT,
    sequence: s.peerIss,
  });
  t.equal(s.tcp.connectionCount, 0);
  requests[0]!.accept(s);
  s.kernel.turn();
  s.gets("S. 0 ack 1");
  s.sends(". 1 ack 1");
  s.told("connect");
  t.equal(s.tcp.connectionCount, 1);
});

t.test("a listener goes before the forwarder", async (t) => {
  const s = createScript(t);
  const requests = withForwarder(s);
  s.listen();
  s.sends("S 0 win 1000");
  t.equal(requests.length, 0);
  s.gets("S. 0 ack 1");
});

t.test("a rejected SYN is answered with RST, or not at all", async (t) => {
  const s = createScript(t);
  const requests = withForwarder(s);
  s.sends("S 0 win 1000");
  requests[0]!.reject("reset");
  s.gets("R. 0 ack 1");
  s.sends("S 0 win 1000");
  requests[1]!.reject("drop");
  s.quiet();
  t.equal(requests.length, 2);
});

t.test("a request whose peer has given up can't be accepted", async (t) => {
  const s = createScript(t);
  const requests = withForwarder(s);
  s.sends("S 0 win 1000");
  s.sends("R 1");
  t.equal(requests[0]!.accept(s), "ECONNABORTED");
  s.told();
});

t.test("a request that nobody decides on is dropped in the end", async (t) => {
  const s = createScript(t, { limits: { requestTimeoutUs: 5_000_000 } });
  const requests = withForwarder(s);
  s.sends("S 0 win 1000");
  s.wait(5000);
  t.equal(requests[0]!.accept(s), "ECONNABORTED");
});

t.test("requests are bounded", async (t) => {
  const s = createScript(t, { limits: { maxRequests: 3 } });
  const requests = withForwarder(s);
  for (let count = 0; count < 5; count++) {
    s.peerPort++;
    s.sends("S 0 win 1000");
  }
  t.equal(requests.length, 3);
  t.equal(s.tcp.counters.connectionRefusals, 2);
  requests[0]!.reject("drop");
  s.peerPort++;
  s.sends("S 0 win 1000");
  t.equal(requests.length, 4);
});
