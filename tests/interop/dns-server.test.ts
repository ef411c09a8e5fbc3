/** apps/dns in user mode, as a user starts it, judged by dig, delv and tshark. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import t from "tap";
import { EXAMPLE_ZONE } from "../../components/dns-server/testing/zones.ts";
import { run, start, write } from "../cli/harness.ts";
import { createDig, freePort, judge, missingJudges } from "./dns-judge.ts";
import { hasTshark } from "./tshark.ts";

const skip = missingJudges();
const ROOT = fileURLToPath(new URL("../../", import.meta.url));

t.test("dig and delv find every answer as it should be", { skip }, async (t) => {
  const folder = write(t.testdir(), { "example.org.zone": EXAMPLE_ZONE });
  const port = await freePort();
  const ports = ["-p", `${port}:53`, "-p", `${port}:53/udp`];
  const pcap = join(folder, "frames.pcap");
  const volume = `${folder}:/zones:ro`;
  const server = start(ROOT, "run", "apps/dns", ...ports, "-v", volume, "--pcap", pcap);
  t.teardown(() => server.signal("SIGKILL"));
  await server.until(/on port 53/);
  await judge(t, port);
  server.signal("SIGINT");
  t.equal((await server.finish()).code, 130);
  t.test("and tshark finds no frame malformed", { skip: !hasTshark() }, async (t) => {
    const tshark = (filter: string): string[] => {
      const words = ["-n", "-r", pcap, "-Y", filter, "-T", "fields", "-e", "frame.number"];
      const text = execFileSync("tshark", words, { stdio: ["ignore", "pipe", "ignore"] });
      return text.toString().split("\n").slice(0, -1);
    };
    t.ok(tshark("dns.flags.response == 1").length > 20, "the answers are in the capture");
    t.same(tshark("_ws.malformed or _ws.expert.severity == error"), []);
  });
});

t.test("the example's zones are served when nothing is said", { skip }, async (t) => {
  const port = await freePort();
  const ports = ["-p", `${port}:53`, "-p", `${port}:53/udp`];
  const server = start(ROOT, "run", "apps/dns", ...ports);
  t.teardown(() => server.signal("SIGKILL"));
  await server.until(/on port 53/);
  const dig = createDig(port);
  t.equal(await dig("+short www.example.org AAAA"), "example.org.\n2001:db8::80\n");
  t.equal(await dig("+short -x 192.0.2.25"), "mail.example.org.\n");
  t.equal(await dig("+short example.org HTTPS"), '1 . alpn="h2"\n');
});

t.test("a mistake in a zone is one line, and the exit code is 1", async (t) => {
  const zone = "$TTL 60\n@ SOA ns h 1 2 3 4 5\n@ NS ns.example.net.\nwww A 192.0.2\n";
  const folder = write(t.testdir(), { "bad/example.org.zone": zone, "none/readme.txt": "" });
  const serve = (zones: string): ReturnType<typeof run> =>
    run(ROOT, "run", "apps/dns", "-p", "0:53", "-v", `${folder}/${zones}:/zones`);
  const bad = await serve("bad");
  t.equal(bad.code, 1);
  t.match(bad.stderr, /^dns: example\.org\.zone:4: not an IPv4 address: 192\.0\.2$/m);
  const none = await serve("none");
  t.equal(none.code, 1);
  t.match(none.stderr, /^dns: there is no file NAME\.zone among the zones$/m);
});
