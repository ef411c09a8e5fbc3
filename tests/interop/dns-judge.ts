/** dig and delv as judges of a DNS server, wherever it runs. */
import { execFile, execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { createServer, type AddressInfo } from "node:net";
import { promisify } from "node:util";
import type { Test } from "tap";

/** Why nothing can be judged, or false. */
export function missingJudges(): string | false {
  try {
    for (const judge of ["dig", "delv"]) execFileSync(judge, ["-v"], { stdio: "ignore" });
    return false;
  } catch {
    return "dig and delv are not installed (dnsutils): apps/dns goes unjudged";
  }
}

/** A port of the host that is free for TCP and for UDP. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
    });
    const socket = createSocket("udp4");
    const isFree = await new Promise<boolean>((resolve) => {
      socket.on("error", () => resolve(false));
      socket.bind(port, "127.0.0.1", () => resolve(true));
    });
    socket.close();
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}

async function run(command: string, words: readonly string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, words, { timeout: 20_000 });
    return stdout.replace(/[ \t]+/g, " ");
  } catch (error) {
    return String((error as { readonly stdout?: string }).stdout ?? error);
  }
}

/** Asks the server of a port by dig. */
export function createDig(port: number): (words: string) => Promise<string> {
  const fixed = ["@127.0.0.1", "-p", String(port), "+norecurse", "+tries=3", "+time=2"];
  return (words) => run("dig", [...fixed, ...words.split(" ")]);
}

const SOA_LINE = "example.org. 300 IN SOA ns1.example.org. host.master.example.org. 7 7200 900";

/** What is asked of `EXAMPLE_ZONE`, and all that must be in dig's output; "!" before what must not. */
const CASES: readonly (readonly [words: string, ...expected: string[]])[] = [
  ["Web.example.ORG A", "flags: qr aa;", "Web.example.ORG. 60 IN A 192.0.2.81", "192.0.2.82"],
  ["example.org SOA", "IN SOA ns1.example.org. host.master.example.org. 7 7200 900 1209600 300"],
  ["example.org NS", "example.org. 3600 IN NS ns2.example.net.", "ns1.example.org. 3600 IN AAAA"],
  ["example.org MX", "IN MX 10 Mail.example.org.", "Mail.example.org. 3600 IN A 192.0.2.25"],
  ["chain.example.org A", "ANSWER: 5,", "web.example.org. 60 IN A 192.0.2.81"],
  ["lost.example.org A", "status: NXDOMAIN", "IN CNAME nothing.example.org.", SOA_LINE],
  ["no.example.org A", "status: NXDOMAIN", "flags: qr aa;", "ANSWER: 0,", SOA_LINE],
  ["web.example.org AAAA", "status: NOERROR", "ANSWER: 0,", SOA_LINE],
  ["x.y.wild.example.org TXT", 'x.y.wild.example.org. 3600 IN TXT "wild"'],
  ["h.sub.example.org A", "flags: qr;", "sub.example.org. 3600 IN NS ns.sub", "IN A 192.0.2.99"],
  ["_s._tcp.example.org SRV", "IN SRV 1 2 3 ns1.example.org.", "ns1.example.org. 3600 IN A"],
  ["caa.example.org CAA", 'IN CAA 0 issue "ca.example"'],
  ["example.org ANY +notcp", "ANSWER: 1,", "IN SOA"],
  ["example.com A", "status: REFUSED", "flags: qr;"],
  ["example.org IXFR=1", "Transfer failed."],
  ["example.org AXFR", "Transfer failed."],
  ["example.org A +edns=1 +noednsnegotiation", "status: BADVERS", "EDNS: version: 0"],
  ["example.org A +ednsopt=65001:00ff +nsid", "status: NOERROR", "udp: 1232"],
  ["example.org A +dnssec", "status: NOERROR", "flags: do;"],
  ["example.org A +noedns", "status: NOERROR", "ADDITIONAL: 0", "!EDNS"],
  ["example.org A +opcode=notify", "status: NOTIMP"],
  ["example.org A +opcode=update +noedns", "status: NOTIMP"],
  ["-c CH -t TXT version.bind", "status: REFUSED"],
  ["long.example.org TXT +ignore +bufsize=4096", "flags: qr aa tc;", "ANSWER: 0,"],
  ["long.example.org TXT +noedns", "ANSWER: 40,", "(TCP)"],
  ["web.example.org A +tcp", "ANSWER: 2,", "(TCP)"],
];

/** Judges a server of `EXAMPLE_ZONE` at a port of the host. */
export async function judge(t: Test, port: number): Promise<void> {
  const dig = createDig(port);
  for (const [words, ...expected] of CASES) {
    const text = await dig(words);
    for (const part of expected) {
      const isThere = text.includes(part.replace(/^!/, ""));
      t.equal(isThere, !part.startsWith("!"), `dig ${words}: ${part}`, { found: text });
    }
    t.notMatch(text, /malformed|extra bytes|bad packet|WARNING: Message|mismatch/, words);
  }
  const both = "web.example.org A +tcp +keepopen example.org MX +tcp +keepopen";
  t.equal((await dig(both)).match(/status: NOERROR/g)?.length, 2, "two queries on a connection");
  const delv = (name: string): Promise<string> =>
    run("delv", ["@127.0.0.1", "-p", String(port), "-i", name, "A"]);
  t.match(
    await delv("web.example.org"),
    /^; authoritative\nweb\.example\.org\. 60 IN A 192\.0\.2\./,
  );
  t.match(await delv("no.example.org"), /negative response, answer not validated\n.*NXDOMAIN/);
}
