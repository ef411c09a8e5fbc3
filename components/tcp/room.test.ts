/** What TCP does while JavaScript's heap is short, or full (`Hal.heapState`). */
import t from "tap";
import { createScript, type Script } from "./testing/script.ts";

function setFull(s: Script, isFull: boolean): void {
  s.kernel.face.heapState[1] = isFull ? 1 : 0;
}

/** Another connection, from the next port of the peer's; its handler tells the script nothing. */
function acceptOther(s: Script, told: string[]): void {
  s.peerPort++;
  s.sends("S 0 win 65535 <mss 1000>");
  s.sends(". 1 ack 1 win 65535");
  s.connection.handler = {
    onConnect() {},
    onData: (_connection, _offset, length) => length,
    onEnd() {},
    onSpace() {},
    onClose: (_connection, error) => void told.push(`other ${error}`),
  };
  s.drop();
  s.events = [];
}

t.test(
  "while the heap is full, data is dropped unacknowledged, and taken when it comes again",
  (t) => {
    const s = createScript(t);
    s.accept();
    setFull(s, true);
    s.sends("P. 1+10 ack 1");
    s.gets(". 1 ack 1");
    s.told();
    t.equal(s.tcp.counters.memoryRefusals, 1);
    setFull(s, false);
    s.sends("P. 1+10 ack 1");
    s.told("data 10");
    t.equal(s.tcp.counters.memoryEvictions, 0);
    t.end();
  },
);

t.test("a heap that stays full gives up the quietest connection, one at a time", (t) => {
  const totals: number[] = [];
  const s = createScript(t, { onEviction: (total) => void totals.push(total) });
  const told: string[] = [];
  s.accept();
  s.wait(1000);
  acceptOther(s, told);
  t.equal(s.tcp.connectionCount, 2);
  setFull(s, true);
  s.kernel.turn();
  s.told();
  s.wait(30);
  t.equal(s.tcp.connectionCount, 1);
  t.same(told, [], "the one that was heard of last stays");
  s.told("close ENOBUFS");
  s.wait(30);
  t.same(told, ["other ENOBUFS"]);
  t.equal(s.tcp.counters.memoryEvictions, 2);
  t.same(totals, [1, 2], "and who composed it is told of each");
  t.end();
});

t.test("a peer that reads nothing is quiet, whatever it sends", (t) => {
  const s = createScript(t);
  const told: string[] = [];
  s.accept();
  const reader = s.connection;
  s.wait(1000);
  acceptOther(s, told);
  s.connection.send(new Uint8Array(2000), 0, 2000);
  s.kernel.turn();
  s.drop();
  s.wait(100);
  s.drop();
  // The first peer speaks again; the second repeats its acknowledgment of nothing.
  s.peerPort--;
  s.sends("P. 1+10 ack 1");
  s.wait(50);
  s.peerPort++;
  s.sends(". 1 ack 1 win 0");
  setFull(s, true);
  s.kernel.turn();
  s.wait(30);
  t.same(told, ["other ENOBUFS"]);
  t.equal(reader.state, "ESTABLISHED");
  t.end();
});

t.test("connections of our own are not given up", (t) => {
  const s = createScript(t);
  s.connect();
  s.drop();
  s.sends("S. 0 ack 1 win 65535 <mss 1000>");
  s.drop();
  s.is("ESTABLISHED");
  setFull(s, true);
  s.kernel.turn();
  s.wait(200);
  t.equal(s.tcp.connectionCount, 1);
  t.equal(s.tcp.counters.memoryEvictions, 0);
  t.end();
});

t.test("while memory is short, a handshake waits for its end", (t) => {
  let isShort = false;
  const s = createScript(t, { isMemoryShort: () => isShort });
  s.listen();
  s.sends("S 0 win 8192 <mss 1000>");
  s.drop();
  isShort = true;
  s.sends("P. 1+10 ack 1 win 8192");
  s.told();
  t.equal(s.tcp.counters.connectionRefusals, 1);
  isShort = false;
  s.sends("P. 1+10 ack 1 win 8192");
  s.told("accept", "data 10");
  t.end();
});
