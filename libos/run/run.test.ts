import t from "tap";
import { createRandom } from "../record/mod.ts";
import { createCryptoModule } from "./app-globals.ts";
import { formatUncaught } from "./report-error.ts";
import { publishAutomatically, type OpenPort } from "./ports.ts";

const entropy = {
  available: true,
  fill: (target: Uint8Array) => {
    for (let index = 0; index < target.length; index++) target[index] = index * 7 + 1;
  },
};

t.test("Math.random is uniform, and the same for the same entropy", (t) => {
  const random = createRandom(entropy);
  const again = createRandom(entropy);
  const buckets = Array.from({ length: 16 }, () => 0);
  for (let index = 0; index < 16_000; index++) {
    const value = random();
    if (value !== again()) t.fail("the same seed differs");
    buckets[Math.floor(value * 16)]!++;
  }
  t.ok(buckets.every((count) => count > 850 && count < 1150));
  t.end();
});

t.test("the crypto module takes its chance from the HAL, and keeps the rest", (t) => {
  const crypto = createCryptoModule(entropy) as typeof import("node:crypto");
  t.equal(crypto.randomBytes(4).toString("hex"), "01080f16");
  t.match(crypto.randomUUID(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
  t.equal(crypto.createHash("sha256").update("").digest("hex").slice(0, 8), "e3b0c442");
  t.throws(() => crypto.webcrypto.getRandomValues(new Uint8Array(65_537)), /exceed/);
  t.end();
});

t.test("a report names the place, the calls in the application and the error's own values", (t) => {
  const error = Object.assign(new TypeError("no"), { code: "ENOPE" });
  error.stack = [
    "TypeError: no",
    `    at fail (file://${process.cwd()}/app.ts:4:15)`,
    "    at turn (file:///libos/kernel/kernel.ts:1:1)",
    "    at process (node:internal/x:1:1)",
  ].join("\n");
  t.equal(
    formatUncaught(error, ["file:///libos/"]),
    "app.ts:4:15: TypeError: no\n    at fail (app.ts:4:15)\n  code: ENOPE\n",
  );
  t.match(formatUncaught("thrown text", []), /thrown text/);
  t.end();
});

t.test("a port in use is replaced by a free one, and closed with its listener", async (t) => {
  const closed: number[] = [];
  const publisher = {
    async publish({ hostPort }: { hostPort: number }) {
      await Promise.resolve();
      if (hostPort === 8080) throw new Error("in use");
      const port = hostPort === 0 ? 40_000 : hostPort;
      return { hostPort: port, close: () => closed.push(port) };
    },
  };
  const opened: OpenPort[] = [];
  const onListen = publishAutomatically(
    publisher,
    (port) => opened.push(port),
    () => t.fail("not published"),
  );
  onListen("tcp", 80, true);
  onListen("tcp", 9000, true);
  await new Promise((resolve) => setImmediate(resolve));
  const hostPorts = opened.map(({ appPort, hostPort }) => [appPort, hostPort]);
  t.same(
    hostPorts.toSorted((a, b) => a[0]! - b[0]!),
    [
      [80, 40_000],
      [9000, 9000],
    ],
  );
  onListen("tcp", 80, false);
  await new Promise((resolve) => setImmediate(resolve));
  t.same(closed, [40_000]);
});
