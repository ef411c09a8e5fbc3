import t from "tap";
import { formatIpv6, parseIpv6, reverseName } from "./address-text.ts";

const CANONICAL = [
  "::",
  "::1",
  "2001:db8::1",
  "2001:db8::1:0:0:1",
  "2001:db8:0:1:1:1:1:1",
  "fe80::1:2",
  "1:2:3:4:5:6:7:8",
  "::ffff:192.0.2.1",
  "1::",
  "1:0:0:2::3",
];

t.test("text of RFC 5952 comes back as it was", async (t) => {
  for (const text of CANONICAL) t.equal(formatIpv6(parseIpv6(text)!), text);
});

t.test("other spellings mean the same", async (t) => {
  const same = {
    "2001:DB8:0:0:0:0:0:1": "2001:db8::1",
    "0:0:0:0:0:0:0:0": "::",
    "::192.0.2.1": "::c000:201",
    "2001:db8::0001": "2001:db8::1",
    "1:2:3:4:5:6:7::": "1:2:3:4:5:6:7:0",
  };
  for (const [text, canonical] of Object.entries(same)) {
    t.equal(formatIpv6(parseIpv6(text)!), canonical, text);
  }
});

t.test("what is no address is refused", async (t) => {
  const wrong = ["", ":", ":::", "1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::"];
  for (const text of [
    ...wrong,
    "g::",
    "1:2:3:4:5:6:7:8::",
    "::1.2.3",
    "::1.2.3.4:5",
    "fe80::1%eth0",
    ":1::",
  ]) {
    t.equal(parseIpv6(text), undefined, text);
  }
});

t.test("the names for reverse lookups", async (t) => {
  t.equal(reverseName("192.0.2.15"), "15.2.0.192.in-addr.arpa");
  const zeros = "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0";
  t.equal(reverseName("2001:db8::1"), `1.${zeros}.8.b.d.0.1.0.0.2.ip6.arpa`);
  t.equal(reverseName("example.org"), undefined);
});
