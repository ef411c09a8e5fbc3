import t from "tap";
import { createLookup } from "../dns/lookup.ts";
import { createTestNetwork } from "../shared/testing/test-system.ts";
import { createNet } from "./mod.ts";

t.test("a client and a server exchange data", async (t) => {
  const network = createTestNetwork();
  t.teardown(() => network.close());
  const a = network.system("10.0.0.1");
  const b = network.system("10.0.0.2");
  const netA = createNet(
    a.context,
    createLookup(a.context, () => "verbatim"),
  );
  const netB = createNet(
    b.context,
    createLookup(b.context, () => "verbatim"),
  );
  const server = netB.createServer((socket) => {
    socket.on("data", (chunk) => socket.write(chunk));
    socket.on("end", () => server.close());
  });
  server.listen(7);
  const socket = netA.connect(7, "10.0.0.2");
  socket.setEncoding("utf8");
  socket.write("hello");
  const got = await new Promise((resolve) => socket.once("data", resolve));
  t.equal(got, "hello");
  socket.end();
  await new Promise<void>((resolve) => server.once("close", resolve));
});
