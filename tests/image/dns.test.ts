/** apps/dns as an image, judged by dig and delv through QEMU's user network. */
import { fileURLToPath } from "node:url";
import t from "tap";
import { EXAMPLE_ZONE } from "../../components/dns-server/testing/zones.ts";
import { start, write } from "../cli/harness.ts";
import { createDig, freePort, judge, missingJudges } from "../interop/dns-judge.ts";
import { createAppBuilder, prepareImages } from "./app-build.ts";

const skip = (await prepareImages()) || missingJudges();
const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const START_MS = 120_000;
/** The aim of the plan; MirageOS's image of the same kind has 449 KB. */
const MAX_KIB = 330;

t.test("the image answers as user mode does", { skip }, async (t) => {
  const folder = write(t.testdir(), { "example.org.zone": EXAMPLE_ZONE });
  const port = await freePort();
  const ports = ["-p", `${port}:53`, "-p", `${port}:53/udp`];
  const server = start(
    ROOT,
    "run",
    "-t",
    "qemu",
    "apps/dns",
    ...ports,
    "-v",
    `${folder}:/zones:ro`,
  );
  t.teardown(() => server.signal("SIGKILL"));
  await server.until(/on port 53/);
  const dig = createDig(port);
  // Its address comes by DHCP, a moment later.
  const endMs = Date.now() + START_MS;
  while ((await dig("+short example.org A")) === "" && Date.now() < endMs);
  await judge(t, port);
  server.signal("SIGINT");
  t.equal((await server.finish()).code, 130);
});

t.test("the image is small", { skip }, async (t) => {
  const builder = createAppBuilder();
  t.teardown(() => builder.dispose());
  const { bytes } = await builder.build("apps/dns");
  t.ok(bytes.length <= MAX_KIB * 1024, `${bytes.length} bytes`);
});
