import net from "node:net";
import t from "tap";
import { createRandom } from "../../../host-adapters/shared/mod.ts";
import { formatIPv4, formatIPv6, isIP, parseIPv4, parseIPv6 } from "./ip-text.ts";

const TEXTS: readonly unknown[] = [
  ...["1.2.3.4", "01.2.3.4", "1.2.3", "1.2.3.256", "1.2.3.4.5", "1.2.3.", " 1.2.3.4", "1e1.2.3.4"],
  ...["::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:8::", "::1::"],
  ...["1:2:3:4:5:6:1.2.3.4", "::ffff:1.2.3.4", "1.2.3.4::", "::1.2.3", "1:2:3:4:5:6:7:1.2.3.4"],
  ...["fe80::1%eth0", "fe80::1%", "fe80::1%a%b", "g::1", ":::", ":1", "1:", "12345::", ""],
  ...[null, undefined, {}, 5, ["1.2.3.4"]],
];

t.test("what is an address, is one for Node too", (t) => {
  for (const text of TEXTS) t.equal(isIP(text), net.isIP(text as string), String(text));
  t.end();
});

t.test("texts from a seed are addresses for both or for none", (t) => {
  const random = createRandom(7, "ip-text");
  const parts = ["0", "1", "255", "256", "01", "ffff", "10000", ".", ".", ":", ":", "::", "%", "x"];
  let found = 0;
  for (let round = 0; round < 20_000; round++) {
    let text = "";
    for (let left = 1 + random.below(16); left > 0; left--) {
      text += parts[random.below(parts.length)]!;
    }
    if (isIP(text) !== net.isIP(text)) t.equal(isIP(text), net.isIP(text), text);
    if (isIP(text) !== 0) found++;
  }
  t.ok(found > 10, `${found} of them were addresses`);
  t.end();
});

t.test("numbers and texts are the same address", (t) => {
  t.equal(parseIPv4("10.0.2.15"), 0x0a00020f);
  t.equal(formatIPv4(0xfffefdfc), "255.254.253.252");
  t.equal(formatIPv4(parseIPv4("192.0.2.1")), "192.0.2.1");
  t.end();
});

t.test("IPv6 is shown in its shortest form (RFC 5952)", (t) => {
  const forms = {
    "2001:DB8:0:0:0:0:0:1": "2001:db8::1",
    "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
    "1:0:0:2:0:0:0:3": "1:0:0:2::3",
    "0:0:0:0:0:0:0:0": "::",
    "::ffff:a00:1": "::ffff:10.0.0.1",
  };
  for (const [text, short] of Object.entries(forms)) {
    t.equal(formatIPv6(parseIPv6(text)!), short);
  }
  t.end();
});
