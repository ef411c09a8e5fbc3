/** Scripts on `dns` whose journals must not depend on the implementation. */
import type dgram from "node:dgram";
import type dns from "node:dns";
import type { Journal } from "../../shared/testing/journal.ts";
import { startNameServer } from "./name-server.ts";

type Dns = typeof dns;
type Call = (...values: unknown[]) => unknown;

export interface Scenario {
  readonly name: string;
  run(dns: Dns, journal: Journal, dgram: typeof import("node:dgram")): Promise<void>;
}

/** Calls with a callback, and notes what it is given. */
function ask(journal: Journal, actor: string, call: Call, ...values: unknown[]): Promise<void> {
  return new Promise((resolve) => {
    call(...values, (error: unknown, ...found: unknown[]) => {
      journal.note(actor, error, JSON.stringify(found, showBytes));
      resolve();
    });
  });
}

function showBytes(_key: string, value: unknown): unknown {
  return value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value;
}

function caught(journal: Journal, actor: string, run: () => unknown): void {
  try {
    run();
    journal.note(actor, "nothing thrown");
  } catch (error) {
    journal.note(actor, error);
  }
}

async function withServer(
  module: typeof dgram,
  run: (address: string) => Promise<void>,
): Promise<void> {
  const server = await startNameServer(module);
  try {
    await run(server.address);
  } finally {
    server.stop();
  }
}

const CALLS = [
  "resolve4",
  "resolve6",
  "resolveMx",
  "resolveTxt",
  "resolveNs",
  "resolveSoa",
  "resolveSrv",
  "resolveCaa",
  "resolveNaptr",
  "resolveTlsa",
] as const;

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "every type of record",
    run: (dns, journal, dgram) =>
      withServer(dgram, async (address) => {
        const resolver = new dns.Resolver();
        resolver.setServers([address]);
        for (const name of CALLS) {
          await ask(journal, name, resolver[name].bind(resolver) as Call, "all.example");
        }
        await ask(journal, "cname", resolver.resolveCname.bind(resolver) as Call, "alias.example");
        await ask(journal, "alias", resolver.resolve4.bind(resolver) as Call, "alias.example");
        await ask(journal, "reverse", resolver.reverse.bind(resolver) as Call, "192.0.2.1");
        const resolve = resolver.resolve.bind(resolver) as Call;
        await ask(journal, "resolve", resolve, "all.example");
        await ask(journal, "resolve MX", resolve, "all.example", "MX");
      }),
  },
  {
    name: "addresses with their time to live",
    run: (dns, journal, dgram) =>
      withServer(dgram, async (address) => {
        const resolver = new dns.Resolver();
        resolver.setServers([address]);
        const call = resolver.resolve4.bind(resolver) as Call;
        await ask(journal, "resolve4", call, "all.example", { ttl: true });
      }),
  },
  {
    name: "names that have no answer",
    run: (dns, journal, dgram) =>
      withServer(dgram, async (address) => {
        const resolver = new dns.Resolver();
        resolver.setServers([address]);
        const resolve4 = resolver.resolve4.bind(resolver) as Call;
        await ask(journal, "unknown", resolve4, "nowhere.example");
        await ask(
          journal,
          "no such records",
          resolver.resolveMx.bind(resolver) as Call,
          "alias.example",
        );
        await ask(journal, "servfail", resolve4, "servfail.example");
        await ask(journal, "refused", resolve4, "refused.example");
        await ask(journal, "notimp", resolve4, "notimp.example");
        await ask(journal, "reverse", resolver.reverse.bind(resolver) as Call, "192.0.2.9");
      }),
  },
  {
    name: "a server that says nothing",
    run: (dns, journal, dgram) =>
      withServer(dgram, async (address) => {
        const resolver = new dns.Resolver({ timeout: 50, tries: 1 });
        resolver.setServers([address]);
        await ask(journal, "silent", resolver.resolve4.bind(resolver) as Call, "silent.example");
      }),
  },
  {
    name: "cancel",
    run: (dns, journal, dgram) =>
      withServer(dgram, async (address) => {
        const resolver = new dns.Resolver();
        resolver.setServers([address]);
        const asked = [
          ask(journal, "first", resolver.resolve4.bind(resolver) as Call, "silent.example"),
          ask(journal, "second", resolver.resolveMx.bind(resolver) as Call, "silent.example"),
        ];
        resolver.cancel();
        await Promise.all(asked);
      }),
  },
  {
    name: "promises",
    run: (dns, journal, dgram) =>
      withServer(dgram, async (address) => {
        const resolver = new dns.promises.Resolver();
        resolver.setServers([address]);
        journal.note("4", JSON.stringify(await resolver.resolve4("all.example")));
        journal.note("ttl", JSON.stringify(await resolver.resolve4("all.example", { ttl: true })));
        journal.note("txt", JSON.stringify(await resolver.resolve("all.example", "TXT")));
        journal.note("reverse", JSON.stringify(await resolver.reverse("192.0.2.1")));
        await resolver.resolveMx("nowhere.example").catch((error) => journal.note("mx", error));
        await resolver.reverse("x").catch((error) => journal.note("reverse x", error));
        await dns.promises.lookup("x.invalid").catch((error) => journal.note("lookup", error));
        journal.note("literal", await dns.promises.lookup("127.0.0.1"));
        journal.note("all", JSON.stringify(await dns.promises.lookup("127.0.0.1", { all: true })));
        journal.note("empty", JSON.stringify(await dns.promises.lookup("")));
        journal.note("localhost", await dns.promises.lookup("localhost", 4));
        journal.note("service", await dns.promises.lookupService("127.0.0.1", 80));
        caught(journal, "service x", () => dns.promises.lookupService("x", 1));
        caught(journal, "resolve FOO", () => dns.promises.resolve("x", "FOO"));
      }),
  },
  {
    name: "lookup of what needs no server",
    async run(dns, journal) {
      const lookup = dns.lookup as unknown as Call;
      await ask(journal, "localhost", lookup, "localhost", 4);
      await ask(journal, "all", lookup, "localhost", { all: true, family: 4 });
      await ask(journal, "literal", lookup, "127.0.0.1");
      await ask(journal, "literal 6", lookup, "::1", 4);
      await ask(journal, "literal all", lookup, "10.1.2.3", { all: true });
      await ask(journal, "empty", lookup, "");
      await ask(journal, "empty all", lookup, "", { all: true });
      await ask(journal, "empty 6", lookup, "", 6);
      await ask(journal, "unknown", lookup, "x.invalid");
      await ask(journal, "service", dns.lookupService as unknown as Call, "127.0.0.1", 80);
      await ask(journal, "port", dns.lookupService as unknown as Call, "127.0.0.1", 49_999);
    },
  },
  {
    name: "servers",
    async run(dns, journal) {
      const resolver = new dns.Resolver();
      resolver.setServers(["1.2.3.4:5", "[::1]:53", "::1", "[::1]", "1.2.3.4:53", "[::1]:54"]);
      journal.note("servers", JSON.stringify(resolver.getServers()));
      for (const servers of ["x", [1], ["x"], ["1.2.3.4:x"], ["1.2.3"]]) {
        caught(journal, JSON.stringify(servers), () => resolver.setServers(servers as string[]));
      }
      journal.note("order", dns.getDefaultResultOrder());
      dns.setDefaultResultOrder("ipv4first");
      journal.note("order", dns.getDefaultResultOrder());
      dns.setDefaultResultOrder("verbatim");
    },
  },
  {
    name: "constants",
    async run(dns, journal) {
      const constants = Object.entries(dns).filter(([, value]) => typeof value !== "function");
      const shown = constants.filter(([name]) => name !== "promises");
      journal.note("constants", Object.fromEntries(shown));
      const names = (module: object): string[] => Object.keys(module).toSorted();
      journal.note("dns", JSON.stringify(names(dns)));
      journal.note("promises", JSON.stringify(names(dns.promises)));
    },
  },
  {
    name: "what the arguments refuse",
    async run(dns, journal) {
      const done = (): void => {};
      const calls: Record<string, unknown[][]> = {
        lookup: [
          [],
          ["x"],
          [5, done],
          ["x", 5, done],
          ["x", "y", done],
          ["x", { family: 9 }, done],
          ["x", { hints: 3 }, done],
          ["x", { all: 3 }, done],
          ["x", { order: 3 }, done],
          ["x", { verbatim: 3 }, done],
        ],
        resolve: [[], ["x"], ["x", "FOO", done], ["x", 5, done], [5, done]],
        resolve4: [["x"], [4, done]],
        reverse: [["x", done], [4, done], ["127.0.0.1"]],
        lookupService: [
          ["127.0.0.1"],
          ["127.0.0.1", "x", done],
          ["x", 1, done],
          ["127.0.0.1", 1],
          ["127.0.0.1", 70_000, done],
        ],
        setDefaultResultOrder: [["x"]],
      };
      const anything = dns as unknown as Record<string, Call>;
      for (const [name, lists] of Object.entries(calls)) {
        for (const [index, list] of lists.entries()) {
          caught(journal, `${name} ${index}`, () => anything[name]!(...list));
        }
      }
      for (const options of [{ timeout: "x" }, { tries: 0 }, { timeout: -2 }]) {
        caught(journal, JSON.stringify(options), () => new dns.Resolver(options as object));
      }
      caught(journal, "local", () => new dns.Resolver().setLocalAddress("x"));
    },
  },
];
