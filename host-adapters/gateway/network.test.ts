import t from "tap";
import { clientAddress, createGatewayNetwork, hostDestination } from "./network.ts";

t.test("the default network is slirp's", async (t) => {
  t.same(createGatewayNetwork(), {
    network: 0x0a000200,
    prefixLength: 24,
    gateway: 0x0a000202,
    nameServer: 0x0a000203,
    firstApplication: 0x0a00020f,
    broadcast: 0x0a0002ff,
    hostLoopback: true,
  });
});

t.test("a wrong network is refused with the option's name", async (t) => {
  for (const [options, message] of [
    [{ network: "10.0.2.0" }, /network 10\.0\.2\.0: expected/],
    [{ network: "10.0.2.0/31" }, /network/],
    [{ gateway: "10.0.3.1" }, /gateway 10\.0\.3\.1: not a host of 10\.0\.2\.0\/24/],
    [{ nameServer: "10.0.2.255" }, /nameServer/],
    [{ firstApplication: "10.0.2.3" }, /must differ/],
    [{ gateway: "nonsense" }, /gateway nonsense/],
  ] as const) {
    t.throws(() => createGatewayNetwork(options), message);
  }
});

t.test(
  "a host whose loopback is closed reaches nothing through the gateway's address",
  async (t) => {
    const network = createGatewayNetwork({ hostLoopback: false });
    t.equal(hostDestination(network, network.gateway), undefined);
    t.equal(hostDestination(network, 0x08080808), "8.8.8.8");
  },
);

t.test("a client of a published port keeps its address where answers find the way", async (t) => {
  const network = createGatewayNetwork();
  t.equal(clientAddress(network, "192.0.2.7"), 0xc0000207);
  t.equal(clientAddress(network, "::ffff:192.0.2.7"), 0xc0000207);
  for (const text of ["127.0.0.1", "::1", "10.0.2.15", "2001:db8::1", ""]) {
    t.equal(clientAddress(network, text), network.gateway, text);
  }
});
