import nodeFs from "node:fs";
import { get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import t from "tap";
import { createHttpOverNode } from "../../libos/api/http/testing/over-node.ts";
import type { Fs } from "./modules.ts";
import { Sampler } from "./sampler.ts";
import { createFakeSystem } from "./testing/fake-system.ts";
import { Traffic } from "./traffic.ts";
import { createWebsite } from "./website.ts";

const http = createHttpOverNode();
const system = createFakeSystem(() => Date.now());
const root = fileURLToPath(new URL("public", import.meta.url));
const server = createWebsite({ fs: nodeFs as unknown as Fs, http, system }, { root });

t.before(() => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
t.teardown(() => {
  server.close();
  server.closeAllConnections();
});

function open(path: string): Promise<IncomingMessage> {
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    get({ port, host: "127.0.0.1", path }, resolve).on("error", reject);
  });
}

async function text(path: string): Promise<string> {
  let body = "";
  for await (const part of await open(path)) body += String(part);
  return body;
}

t.test("the page at / asks for nothing from outside", async (t) => {
  const page = await text("/");
  t.match(page, /<title>libos/);
  const links = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => match[1]!);
  t.ok(links.length > 4);
  for (const link of links) {
    t.match(link, /^\//);
    const response = await open(link.split("#", 1)[0]!);
    response.resume();
    t.equal(response.statusCode, 200, link);
    t.equal(response.headers["content-security-policy"], "default-src 'self'");
  }
});

t.test("the feed sends a snapshot each second", async (t) => {
  const response = await open("/api/events");
  t.equal(response.headers["content-type"], "text/event-stream");
  let received = "";
  for await (const part of response) {
    received += String(part);
    if (/data: .*\n\n/.test(received)) break;
  }
  const snapshot = JSON.parse(/data: (.*)\n\n/.exec(received)![1]!) as {
    sample: Record<string, number>;
    traffic: { viewers: number };
    system: { connectionCount: number };
  };
  t.ok(snapshot.sample["sentBytes"]! > 0);
  t.equal(snapshot.traffic.viewers, 1);
  t.equal(snapshot.system.connectionCount, 5);
  const state = JSON.parse(await text("/api/state")) as { history: unknown[] };
  t.ok(state.history.length > 0);
});

t.test("a download has the length that was asked for", async (t) => {
  t.equal((await text("/api/download?bytes=300000")).length, 300_000);
  t.equal(await text("/api/download?bytes=0"), "");
});

t.test("rates come from the difference of two states, and history has a bound", (t) => {
  let nowMs = 0;
  const fake = createFakeSystem(() => nowMs);
  const traffic = new Traffic();
  const sampler = new Sampler();
  for (nowMs = 0; nowMs <= 300_000; nowMs += 1_000) sampler.take(fake.state(), traffic.state(0));
  t.equal(sampler.history.length, 120);
  for (const sample of sampler.history) {
    t.ok(sample.busy > 0 && sample.busy < 1);
    t.ok(sample.turns > 890 && sample.turns < 910);
  }
  t.end();
});
