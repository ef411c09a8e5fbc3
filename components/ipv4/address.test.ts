import t from "tap";
import {
  broadcastOf,
  formatIpv4,
  inPrefix,
  isUnicastAddress,
  maskPrefixLength,
  networkOf,
  parseCidr,
  parseIpv4,
  prefixMask,
} from "./address.ts";

t.test("four decimal numbers are an address, and nothing else is", async (t) => {
  for (const text of ["0.0.0.0", "10.0.2.15", "255.255.255.255", "1.20.100.200"]) {
    t.equal(formatIpv4(parseIpv4(text)!), text);
  }
  const wrong = ["", "1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.256", "1.2.3.999", " 1.2.3.4"];
  for (const text of [
    ...wrong,
    "1.2.3.4 ",
    "1.2.3.-4",
    "0x1.2.3.4",
    "1..2.3",
    "١.2.3.4",
    "1.2.3.4\n",
  ]) {
    t.equal(parseIpv4(text), undefined, JSON.stringify(text));
  }
});

t.test("a prefix is 0 to 32", async (t) => {
  t.same(parseCidr("10.0.2.15/24"), { address: 0x0a00_020f, prefixLength: 24 });
  t.same(parseCidr("0.0.0.0/0"), { address: 0, prefixLength: 0 });
  for (const text of ["10.0.2.15", "10.0.2.15/33", "10.0.2.15/", "10.0.2.15/024", "10.0.2/8"]) {
    t.equal(parseCidr(text), undefined, text);
  }
});

t.test("masks and prefixes are two ways to say the same", async (t) => {
  for (let length = 0; length <= 32; length++) {
    t.equal(maskPrefixLength(prefixMask(length)), length);
  }
  t.equal(prefixMask(24), 0xffff_ff00);
  t.equal(maskPrefixLength(0xff00_ff00), undefined);
});

t.test("a network's first and last address", async (t) => {
  t.equal(formatIpv4(networkOf(0x0a00_020f, 24)), "10.0.2.0");
  t.equal(formatIpv4(broadcastOf(0x0a00_020f, 24)), "10.0.2.255");
  t.equal(formatIpv4(broadcastOf(0x0a00_020f, 32)), "10.0.2.15");
  t.equal(formatIpv4(broadcastOf(0xc0a8_0001, 0)), "255.255.255.255");
  t.ok(inPrefix(0xfffe_0001, 0xfffe_ffff, 16));
  t.notOk(inPrefix(0x0a00_0301, 0x0a00_0201, 24));
});

t.test("one host's address is neither zero, nor a group, nor reserved", async (t) => {
  for (const text of ["0.0.0.0", "0.1.2.3", "224.0.0.1", "240.0.0.1", "255.255.255.255"]) {
    t.notOk(isUnicastAddress(parseIpv4(text)!), text);
  }
  for (const text of ["1.0.0.0", "10.0.0.1", "223.255.255.255", "127.0.0.1"]) {
    t.ok(isUnicastAddress(parseIpv4(text)!), text);
  }
});
