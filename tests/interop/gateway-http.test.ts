/** HTTP through the gateway, both ways, with Node's http and curl as judges. */
import { once } from "node:events";
import nodeHttp from "node:http";
import t from "tap";
import { createGatewayApp } from "./gateway-app.ts";
import { run, startHttpServer } from "./gateway-host.ts";

const PUBLISH = { publish: [{ hostPort: 0, appPort: 80 }] };
const BODY = Buffer.from(Array.from({ length: 300_000 }, (_, index) => index % 251));

async function bodyOf(message: AsyncIterable<unknown>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of message) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

t.test("node:http asks our server, on connections that are kept", async (t) => {
  const app = await createGatewayApp(PUBLISH);
  t.teardown(() => app.close());
  const server = app.http.createServer((request, response) => {
    response.setHeader("x-path", request.url ?? "");
    response.end(BODY);
  });
  server.listen(80);
  const agent = new nodeHttp.Agent({ keepAlive: true, maxSockets: 4 });
  t.teardown(() => agent.destroy());
  const { hostPort: port } = app.mode.published[0]!;
  const ask = async (path: string): Promise<void> => {
    const request = nodeHttp.get({ host: "127.0.0.1", port, path, agent });
    const [response] = (await once(request, "response")) as [nodeHttp.IncomingMessage];
    t.equal(response.headers["x-path"], path);
    t.ok(BODY.equals(await bodyOf(response)));
  };
  await Promise.all(Array.from({ length: 40 }, (_, index) => ask(`/${index}`)));
  t.ok(app.mode.counters.tcpFlowsIn <= 4, `${app.mode.counters.tcpFlowsIn} connections`);
});

t.test("our client asks node:http, with bodies both ways", async (t) => {
  const server = await startHttpServer((request, response) => {
    void bodyOf(request).then((body) => response.end(body));
  });
  const app = await createGatewayApp();
  t.teardown(() => (app.close(), server.close()));
  const request = app.http.request({
    host: "10.0.2.2",
    port: server.port,
    method: "POST",
    headers: { "content-length": BODY.length },
  });
  request.end(BODY);
  const [response] = (await once(request, "response")) as [AsyncIterable<unknown>];
  t.ok(BODY.equals(await bodyOf(response)));
});

t.test("curl asks our server", async (t) => {
  const app = await createGatewayApp(PUBLISH);
  t.teardown(() => app.close());
  const server = app.http.createServer((request, response) => {
    void bodyOf(request).then((body) => response.end(`${request.method} ${body.length}\n`));
  });
  server.listen(80);
  const url = `http://127.0.0.1:${app.mode.published[0]!.hostPort}/`;
  const answer = await run("curl", ["-sS", "-m", "10", url, url]);
  if (answer === undefined) {
    t.fail("not checked by an independent client", { skip: "curl is not installed" });
    return;
  }
  t.equal(answer, "GET 0\nGET 0\n");
  const posted = await run("curl", ["-sS", "-m", "10", "--data-binary", "x".repeat(100_000), url]);
  t.equal(posted, "POST 100000\n");
});
