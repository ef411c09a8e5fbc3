import t from "tap";
import { parseAddressWords } from "./address-words.ts";

t.test("without ipv4= the address comes by DHCP", async (t) => {
  t.same(parseAddressWords(""), { kind: "dhcp" });
  t.same(parseAddressWords("trace packet=3145728 gateway=192.0.2.1"), { kind: "dhcp" });
});

t.test("the last word of a kind counts, and what is left out is absent", async (t) => {
  t.same(parseAddressWords("ipv4=192.0.2.6/8 trace ipv4=192.0.2.7/24"), {
    kind: "static",
    address: "192.0.2.7",
    prefixLength: 24,
    nameServers: [],
  });
  t.match(parseAddressWords("ipv4=10.0.0.2/8 gateway=10.0.0.1 dns=10.0.0.3,10.0.0.4"), {
    gateway: "10.0.0.1",
    nameServers: ["10.0.0.3", "10.0.0.4"],
  });
});

t.test("what is no address is refused with one line", async (t) => {
  for (const word of ["ipv4=10.0.0.2", "ipv4=10.0.0/8", "ipv4=10.0.0.256/8", "ipv4=10.0.0.2/33"]) {
    t.match(parseAddressWords(word), `${word}: expected an address with its prefix`);
  }
  t.match(parseAddressWords("ipv4=10.0.0.2/8 gateway=none"), "gateway=none: expected");
  t.match(parseAddressWords("ipv4=10.0.0.2/8 dns=10.0.0.1,"), "dns=: expected");
});
