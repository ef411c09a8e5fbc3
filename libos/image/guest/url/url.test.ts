/** URLs, beside the platform's own. */
import nodeUrl from "node:url";
import t from "tap";
import { formatLegacy, parseLegacy } from "./legacy.ts";
import { URLSearchParams as Params } from "./search-params.ts";
import { URL as Ours } from "./url.ts";

const TEXTS = [
  "http://example.org",
  "HTTP://User:pa:ss@EXAMPLE.org:80/a/../b/./c?x=1#y",
  "https://example.org:8443/%7Efoo/../bar baz?q='a b'#frag ment",
  "http:\\\\example.org\\a\\b",
  "http://192.168.257/x",
  "http://0x7f.1/",
  "http://256.256.256.256/",
  "http://[::1]:3000/",
  "http://[2001:db8:0:0:1:0:0:1]/",
  "http://[1::2::3]/",
  "http://[::ffff:1.2.3.4]/",
  "http://exa mple.org/",
  "http://bücher.example/ü",
  "http://日本語.jp/",
  "http://a.b./",
  "mailto:someone@example.org",
  "data:text/plain,hello world",
  "javascript:alert(1)",
  "file:///etc/passwd",
  "file://host/share",
  "file:relative",
  "foo://bar/baz?q#f",
  "foo:/a/../b",
  "foo:///x",
  "//example.org/x",
  "/absolute/path",
  "relative/path?x",
  "../up",
  "./here",
  "?only=query",
  "#only-hash",
  "",
  "http://",
  "http:///three",
  "http:relative",
  "http://u@/",
  "http://a:99999/",
  "http://a:b/",
  "ws://example.org:80/chat",
  "wss://example.org:443/",
  "  http://trimmed/ \n",
  "http://a/b\tc\nd",
  "http://a/%2e%2e/b/%2E/c",
  "http://a/..//../b//",
  "http://a?x#y?z",
  'http://a/{}|^`"<>',
  "http://a/\u{1f600}",
  "1http://a",
];
const BASES = [undefined, "http://base.example/dir/file?q#h", "file:///dir/file", "mailto:x@y"];
const FIELDS = [
  "href",
  "origin",
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
] as const;

t.test("URLs are parsed as the platform does", async (t) => {
  for (const base of BASES) {
    for (const text of TEXTS) {
      const name = `${text} ${base ?? ""}`;
      if (!URL.canParse(text, base)) {
        t.notOk(Ours.canParse(text, base), `${name} is none`);
        continue;
      }
      const theirs = new URL(text, base);
      const ours = Ours.parse(text, base);
      const pick = (url: URL | Ours | null): object =>
        Object.fromEntries(FIELDS.map((field) => [field, url?.[field]]));
      t.same(pick(ours), pick(theirs), name);
    }
  }
  t.throws(() => new Ours("nothing"), { code: "ERR_INVALID_URL", input: "nothing" });
});

t.test("parts of URLs are changed as on the platform", async (t) => {
  for (const start of ["http://a.example:81/b/c?d=e#f", "foo://a/b", "mailto:a@b"]) {
    for (const [field, values] of Object.entries({
      protocol: ["https", "foo:", "bad scheme"],
      username: ["me & you"],
      password: ["a/b"],
      host: ["other:82", "other", "[::1]:8"],
      hostname: ["other", "x y"],
      port: ["80", "8080x", "", "x", "70000"],
      pathname: ["/x/../y z", "q"],
      search: ["?a b", "", "c'd"],
      hash: ["#x y", ""],
    })) {
      for (const value of values) {
        const [ours, theirs] = [new Ours(start), new URL(start)];
        (ours as unknown as Record<string, string>)[field] = value;
        (theirs as unknown as Record<string, string>)[field] = value;
        t.equal(ours.href, theirs.href, `${start} ${field} = ${value}`);
      }
    }
  }
  const [ours, theirs] = [new Ours("http://a/?b=1&c=2"), new URL("http://a/?b=1&c=2")];
  for (const url of [ours, theirs]) {
    url.searchParams.append("d e", "f&g");
    url.searchParams.delete("b");
    url.searchParams.set("c", "ü");
  }
  t.equal(ours.href, theirs.href);
});

t.test("parameters are the platform's", async (t) => {
  for (const init of ["?a=1&b=%20+c&&=x&d", "", { x: "1 2", y: "ß" }, [["a", "b"]] as const]) {
    const [ours, theirs] = [new Params(init as never), new URLSearchParams(init as never)];
    t.equal(String(ours), String(theirs));
    t.same([...ours], [...theirs]);
    t.same(
      [ours.size, ours.get("a"), ours.has("d")],
      [theirs.size, theirs.get("a"), theirs.has("d")],
    );
  }
});

t.test("the old interface of node:url is Node's for what servers ask of it", async (t) => {
  for (const text of [
    "/path?x=1#y",
    "http://user:pass@host.com:8080/p/a/t/h?query=string#hash",
    "//host/path",
    "path",
    "?q",
    "mailto:a@b.c",
    "http://EXAMPLE.org",
    "/a b",
  ]) {
    const theirs = nodeUrl.parse(text);
    t.same({ ...parseLegacy(text) }, { ...theirs }, text);
    t.same(parseLegacy(text, true).query, nodeUrl.parse(text, true).query);
    t.equal(formatLegacy(parseLegacy(text)), nodeUrl.format(theirs));
  }
});
