import t from "tap";
import { SEND, appendPart } from "../ip/mod.ts";
import { createTestWorld } from "../testing/world.ts";
import { createTwoHosts } from "../testing/two-hosts.ts";
import { LOOPBACK_LIMITS, createLoopback } from "./mod.ts";

function setUp(limits = LOOPBACK_LIMITS) {
  const world = createTestWorld();
  const { kernel } = world.host("one");
  const loopback = createLoopback(kernel, limits);
  const { bytes } = kernel.memory.packet;
  const got: { bytes: number[]; segmentBytes: number; checksumValid: boolean }[] = [];
  let writable = 0;
  let onInput = () => {};
  loopback.connect({
    input: (offset, length, { segmentBytes, checksumValid }) => {
      got.push({ bytes: [...bytes.slice(offset, offset + length)], segmentBytes, checksumValid });
      onInput();
    },
    writable: () => writable++,
    unresolved: () => {},
  });
  const neighbour = loopback.neighbour(0x7f00_0001);
  const send = (payloadBytes: number, segmentBytes = 0) => {
    const frame = loopback.begin(8, 20);
    bytes.fill(1, frame.partOffset[0]!, frame.partOffset[0]! + 8);
    if (payloadBytes > 0) {
      const staged = loopback.stage(payloadBytes);
      bytes.fill(2, staged, staged + payloadBytes);
      appendPart(frame, staged, payloadBytes);
    }
    frame.segmentBytes = segmentBytes;
    return loopback.send(frame, neighbour);
  };
  return {
    world,
    kernel,
    loopback,
    got,
    send,
    onInput: (callback: () => void) => (onInput = callback),
    writableCount: () => writable,
  };
}

t.test("what is sent comes back as one packet, later, with its segments' size", async (t) => {
  const { got, send, world } = setUp();
  t.equal(send(3, 1), SEND.OK);
  t.same(got, [], "not from inside of send");
  world.run();
  t.same(got, [{ bytes: [1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2], segmentBytes: 1, checksumValid: true }]);
});

t.test("an answer to a packet is not delivered from inside of its delivery", async (t) => {
  const { got, onInput, send, world } = setUp();
  let depth = 0;
  let deepest = 0;
  onInput(() => {
    depth++;
    deepest = Math.max(deepest, depth);
    if (got.length < 50) send(1);
    depth--;
  });
  send(1);
  world.run();
  t.equal(got.length, 50);
  t.equal(deepest, 1);
});

t.test("a full queue answers FULL, and writable follows when there is room", async (t) => {
  const { got, send, world, writableCount } = setUp({ ...LOOPBACK_LIMITS, queueFrames: 4 });
  const results = [1, 2, 3, 4, 5].map((payloadBytes) => send(payloadBytes));
  t.same(results, [SEND.OK, SEND.OK, SEND.OK, SEND.OK, SEND.FULL]);
  world.run();
  t.equal(got.length, 4);
  t.equal(writableCount(), 1);
  t.equal(send(1), SEND.OK);
});

t.test("the queue is bounded in bytes too", async (t) => {
  const { send } = setUp({ ...LOOPBACK_LIMITS, queueBytes: 131_072 });
  t.same([send(65_000), send(65_000), send(65_000)], [SEND.OK, SEND.OK, SEND.FULL]);
});

t.test("a receiver that throws loses its packet and no other", async (t) => {
  const { got, onInput, send, world } = setUp();
  send(1);
  send(2);
  onInput(() => {
    if (got.length === 1) throw new Error("planted");
  });
  t.throws(() => world.run(), /planted/);
  world.run();
  t.equal(got.length, 2);
});

t.test("memory of a frame is free at once", async (t) => {
  const { loopback, send } = setUp();
  send(1);
  t.equal(loopback.submitted(), 1);
  t.equal(loopback.transmitted(), 1);
});

t.test("after stop nothing comes back and all memory is", async (t) => {
  const { got, kernel, loopback, send, world } = setUp();
  send(1);
  loopback.stop();
  world.run();
  t.same(got, []);
  t.equal(send(1), SEND.FULL);
  t.equal(kernel.memory.usedBytes, 0);
  t.notOk(loopback.linkUp());
});

t.test("datagrams to our own addresses come back, of any length", async (t) => {
  const { a, listen, world } = createTwoHosts();
  const server = listen(a, 7);
  const client = listen(a, 0);
  client.send("x".repeat(65_507), 0x0a00_0001, 7);
  client.send("local", 0x7f12_3456, 7);
  world.run(1000);
  t.same(
    server.received.map((one) => [one.text.length, one.from]),
    [
      [65_507, 0x0a00_0001],
      [5, 0x7f00_0001],
    ],
  );
});
