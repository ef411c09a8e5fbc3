/** Network cards in QEMU: the contract suite on each transport, between two cards of one machine. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import t from "tap";
import { namespacePrefix } from "../../bench/image/namespace.ts";
import { bundleApp } from "./bundle.ts";
import { prepareKernel } from "./kernel-build.ts";
import { boot } from "./qemu.ts";

const build = await prepareKernel();
const kernel = "kernel" in build ? build.kernel : "";
const skip = "kernel" in build ? false : build.skip;
const payload = skip === false ? await bundleApp("net") : "";

/**
 * What is emulated. The cards are attached to two sockets that send each other datagrams, or to two TAPs of
 * a bridge in a namespace of their own; a hub of QEMU's would change the order of frames where it
 * resumes a card that was full.
 */
interface Variant {
  readonly machine: "microvm" | "q35" | "pc";
  readonly device: string;
  readonly commandLine?: string;
}

const BY_SOCKETS: readonly Variant[] = [
  { machine: "microvm", device: "virtio-net-device" },
  { machine: "q35", device: "virtio-net-pci,disable-legacy=on" },
  { machine: "q35", device: "virtio-net-pci,disable-legacy=on,packed=on,mrg_rxbuf=off" },
  { machine: "pc", device: "virtio-net-pci,vectors=0,indirect_desc=off,event_idx=off" },
];

async function run(
  { machine, device, commandLine = "" }: Variant,
  netdev: (index: number) => string,
  within: readonly string[] = [],
): Promise<{ output: string; exitCode: number | undefined }> {
  const card = (index: number): string[] => [
    ...["-netdev", `${netdev(index)},id=n${index}`],
    ...["-device", `${device},netdev=n${index},mac=52:54:00:00:00:0${index + 1},romfile=`],
  ];
  const isMmio = machine === "microvm";
  const cards = [...card(0), ...card(1)].map((word) =>
    isMmio ? word.replace(",romfile=", "") : word,
  );
  return boot({
    kernel,
    machine,
    payload,
    memoryMib: 48,
    commandLine: `packet=8M ${commandLine}`,
    within,
    extra: [...cards, "-global", "virtio-mmio.force-legacy=false"],
  });
}

for (const variant of BY_SOCKETS) {
  t.test(`the contract holds for ${variant.device} on ${variant.machine}`, { skip }, async (t) => {
    // Of the system, since a socket's name may have 107 bytes only.
    const folder = mkdtempSync(join(tmpdir(), "libos-cable-"));
    t.teardown(() => rmSync(folder, { recursive: true }));
    const [end, other] = ["local", "remote"].map(
      (which) => (index: number) =>
        `${which}.type=unix,${which}.path=${join(folder, String(index))}`,
    ) as [(index: number) => string, (index: number) => string];
    const cable = (index: number): string => `dgram,${end(index)},${other(1 - index)}`;
    const { output, exitCode } = await run(variant, cable);
    t.notMatch(output, /not ok/);
    t.match(output, /\d\d passed, 0 failed/);
    t.equal(exitCode, 0, output);
  });
}

const PAIRS = 3;
/** Two TAPs with several queues, and a bridge that adds nothing of its own to what they carry. */
const BRIDGE = `
  set -e
  ip link add bridge0 type bridge mcast_snooping 0
  echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6
  echo 1 > /proc/sys/net/ipv6/conf/bridge0/disable_ipv6
  for tap in tap0 tap1; do
    ip tuntap add dev $tap mode tap vnet_hdr multi_queue
    ip link set $tap txqueuelen 20000 master bridge0 up
  done
  ip link set bridge0 up
  exec "$@"`;
const inBridge = [...namespacePrefix(process.getuid?.() ?? 0), "sh", "-c", BRIDGE, "sh"];

/** @returns False, or why there can be no TAP here. */
function tapSkip(): string | false {
  const [program, ...rest] = [...inBridge, "true"];
  const { status, stderr, error } = spawnSync(program!, rest, { encoding: "utf8" });
  if (status === 0) return false;
  return `no TAP with several queues can be made here: ${error?.message ?? stderr.trim()}`;
}

const skipTap = skip === false ? tapSkip() : skip;
if (typeof skipTap === "string")
  console.error(`SKIPPED, network cards with several queues: ${skipTap}`);

for (const device of [
  `virtio-net-pci,disable-legacy=on,mq=on,vectors=${2 * PAIRS + 2}`,
  `virtio-net-pci,disable-legacy=on,packed=on,mq=on,vectors=${2 * PAIRS + 2}`,
]) {
  t.test(`the contract holds for ${PAIRS} queue pairs, ${device}`, { skip: skipTap }, async (t) => {
    const variant = { machine: "q35", device, commandLine: `pairs=${PAIRS} offloads` } as const;
    const tap = (index: number): string =>
      `tap,ifname=tap${index},script=no,downscript=no,vhost=off,queues=${PAIRS}`;
    const { output, exitCode } = await run(variant, tap, inBridge);
    t.notMatch(output, /not ok/);
    t.match(output, "ok image: flows go by all queues, each in its order");
    t.match(output, /\d\d passed, 0 failed/);
    t.equal(exitCode, 0, output);
  });
}
