import { once } from "node:events";
import net, { type AddressInfo } from "node:net";
import t from "tap";
import { createTimerQueue } from "../../kernel/timers.ts";
import { Admission, ADMISSION_LIMITS } from "./admission.ts";
import type { HttpNeeds } from "./needs.ts";
import { createHttpOverNode } from "./testing/over-node.ts";

const LITTLE = { bytes: new Uint8Array(65_536) };
const { maxExchanges, patienceUs, littleMemoryBytes } = ADMISSION_LIMITS;

function create(isMemoryShort?: () => boolean, heapState = new Uint8Array(2)) {
  const timers = createTimerQueue(() => {});
  const time = { us: 0 };
  const needs = {
    timers,
    memory: LITTLE,
    nowUs: () => time.us,
    isMemoryShort,
    heapState,
  } as unknown as HttpNeeds;
  const admitted: string[] = [];
  const slots: number[] = [];
  const waiter = (name: string) => ({
    admitted: (slot: number) => {
      admitted.push(name);
      slots.push(slot);
    },
  });
  const runAt = (us: number) => {
    time.us = us;
    timers.run(us);
  };
  return { runAt, admission: Admission.for(needs)!, admitted, slots, waiter };
}

t.test("nothing waits where memory is not little, or not known", (t) => {
  const memory = { bytes: new Uint8Array(littleMemoryBytes) };
  t.equal(Admission.for({ memory } as unknown as HttpNeeds), undefined);
  t.equal(Admission.for({} as HttpNeeds), undefined);
  t.end();
});

t.test("exchanges over the bound wait, and begin in their order as others end", (t) => {
  const { admission, admitted, slots, waiter } = create();
  const slot = admission.enter(waiter("first"));
  for (let count = 1; count < maxExchanges; count++) admission.enter(waiter("more"));
  for (const name of ["a", "b", "c"]) t.equal(admission.enter(waiter(name)), 0);
  t.same(admitted, []);
  admission.ended(slot);
  t.same(admitted, ["a"]);
  admission.ended(slots[0]!);
  t.same(admitted, ["a", "b"]);
  t.end();
});

t.test("however many wait, one that ends while it is admitted takes no stack", (t) => {
  const { admission } = create();
  const count = 100_000;
  let done = 0;
  const waiter = () => ({
    admitted: (slot: number) => {
      done++;
      admission.ended(slot);
    },
  });
  const slots = Array.from({ length: maxExchanges }, () => admission.enter(waiter()));
  for (let index = 0; index < count; index++) admission.enter(waiter());
  admission.ended(slots[0]!);
  t.equal(done, count);
  t.end();
});

t.test("exchanges take turns while memory is short", (t) => {
  const { admission, admitted, slots, waiter } = create(() => true);
  const slot = admission.enter(waiter("first"));
  t.not(slot, 0, "one is always under way");
  t.equal(admission.enter(waiter("a")), 0);
  t.equal(admission.enter(waiter("b")), 0);
  admission.ended(slot);
  t.same(admitted, ["a"]);
  admission.ended(slots[0]!);
  t.same(admitted, ["a", "b"]);
  t.end();
});

t.test("who has gone is not waited for", (t) => {
  const { admission, admitted, waiter } = create();
  let slot = 0;
  for (let count = 0; count < maxExchanges; count++) slot = admission.enter(waiter("first"));
  const gone = waiter("gone");
  admission.enter(gone);
  admission.enter(waiter("here"));
  admission.forget(gone);
  admission.ended(slot);
  t.same(admitted, ["here"]);
  t.end();
});

t.test("exchanges that do not end keep nobody waiting for ever, and give back nothing", (t) => {
  const { admission, admitted, runAt, waiter } = create();
  let slot = 0;
  for (let count = 0; count < maxExchanges; count++) slot = admission.enter(waiter("endless"));
  for (let count = 0; count <= maxExchanges; count++) admission.enter(waiter(`${count}`));
  runAt(patienceUs - 1);
  t.same(admitted, []);
  runAt(patienceUs);
  t.equal(admitted.length, maxExchanges);
  admission.ended(slot);
  t.equal(admitted.length, maxExchanges, "a slot of before is none");
  runAt(2 * patienceUs);
  t.equal(admitted.length, maxExchanges + 1);
  t.end();
});

t.test("a server with little memory answers all who ask at once, few at a time", async (t) => {
  const http = createHttpOverNode({ memory: LITTLE });
  let underWay = 0;
  let most = 0;
  const server = http.createServer((_request, response) => {
    most = Math.max(most, ++underWay);
    setTimeout(() => {
      underWay--;
      response.end("x");
    }, 5);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const clients = Array.from({ length: 20 }, () => net.connect(port, "127.0.0.1"));
  t.teardown(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  const answers = clients.map(async (client) => {
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const [first] = (await once(client, "data")) as [Buffer];
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const [second] = (await once(client, "data")) as [Buffer];
    return [first, second].every((text) => text.toString().startsWith("HTTP/1.1 200"));
  });
  t.ok((await Promise.all(answers)).every(Boolean));
  t.ok(most <= maxExchanges, `${most} at once`);
});

t.test("clients that send half a head keep nobody waiting", async (t) => {
  const http = createHttpOverNode({ memory: LITTLE });
  const server = http.createServer((_request, response) => void response.end("x"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const clients = Array.from({ length: 3 * maxExchanges }, () => net.connect(port, "127.0.0.1"));
  t.teardown(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  for (const client of clients) client.write("GET / HTTP/1.1\r\nHost");
  const client = net.connect(port, "127.0.0.1");
  clients.push(client);
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  const [answer] = (await once(client, "data")) as [Buffer];
  t.match(answer.toString(), /^HTTP\/1.1 200/);
});

t.test("a peer that sends many requests and reads no answer holds one response", async (t) => {
  const http = createHttpOverNode({ memory: LITTLE });
  let count = 0;
  const server = http.createServer((_request, response) => {
    count++;
    response.end(Buffer.alloc(4 << 20));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = net.connect(port, "127.0.0.1");
  t.teardown(() => {
    client.destroy();
    server.close();
  });
  client.pause();
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(5));
  await new Promise((resolve) => setTimeout(resolve, 300));
  t.equal(count, 1);
  let received = 0;
  client.on("data", (bytes) => (received += bytes.length));
  client.resume();
  await new Promise<void>((resolve) => {
    client.on("data", () => void (received >= 5 * (4 << 20) && resolve()));
  });
  t.equal(count, 5);
});

t.test("while the heap is full none begins, however long others take", (t) => {
  const heapState = new Uint8Array(2);
  const { admission, admitted, runAt, waiter } = create(undefined, heapState);
  heapState[1] = 1;
  t.equal(admission.enter(waiter("a")), 0);
  runAt(patienceUs);
  runAt(2 * patienceUs);
  t.same(admitted, []);
  heapState[1] = 0;
  runAt(3 * patienceUs);
  t.same(admitted, ["a"]);
  t.end();
});
