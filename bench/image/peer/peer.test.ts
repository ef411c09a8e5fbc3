import { spawnSync } from "node:child_process";
import t from "tap";
import { newestOf } from "./debian.ts";
import { initScript, MODULES, peerCommandLine } from "./init.ts";

t.test("the newest kernel is the one with the greatest numbers", async (t) => {
  const names = ["9", "56", "100"].map((number) => `linux-image-6.1.0-${number}-cloud-amd64`);
  t.equal(newestOf([names[1]!, names[2]!, names[0]!]), names[2]);
  t.equal(newestOf([]), undefined);
});

t.test(
  "/init loads every module before its card is used, and the disk's only if asked",
  async (t) => {
    const script = initScript();
    t.equal(spawnSync("sh", ["-n"], { input: script }).status, 0, "a shell can read it");
    const network = MODULES.filter((name) => name !== "virtio_blk");
    const places = network.map((name) => script.indexOf(`insmod /modules/${name}.ko`));
    t.same(
      places,
      places.toSorted((a, b) => a - b),
    );
    t.ok(places.every((place) => place > 0 && place < script.indexOf("ip address add")));
    t.match(script, 'if [ "$DISK" = 1 ]; then $B insmod /modules/virtio_blk.ko');
    t.match(peerCommandLine({ app: "hello", address: "10.0.0.2/8" }), "DISK=0");
    t.match(peerCommandLine({ app: "block", address: "10.0.0.2/8", disk: true }), "DISK=1");
  },
);
