/** What the peer does between its kernel and Node. */

/** Modules of the kernel in the order in which they are loaded; virtio_blk only where asked for. */
export const MODULES: readonly string[] = [
  "virtio_ring",
  "virtio",
  "virtio_pci_modern_dev",
  "virtio_pci_legacy_dev",
  "virtio_pci",
  "failover",
  "net_failover",
  "virtio_net",
  "virtio_blk",
];

/** What an application is started with. */
export interface PeerStart {
  readonly app: string;
  /** Static, with prefix: DHCP would cost the peer more. */
  readonly address: string;
  /** Whether the application wants the disk. */
  readonly disk?: boolean;
}

/** Words of the kernel's command line; the kernel passes on to /init what it does not know. */
export function peerCommandLine({ app, address, disk = false }: PeerStart): string {
  return [
    // A ramfs is unpacked faster than a tmpfs, in less memory.
    ...["rootfstype=ramfs", "console=ttyS0", "quiet", "panic=-1"],
    ...[`APP=${app}`, `ADDRESS=${address}`, `DISK=${disk ? 1 : 0}`],
  ].join(" ");
}

/** @returns /init, a script for busybox. */
export function initScript(): string {
  const load = MODULES.filter((name) => name !== "virtio_blk")
    .map((name) => `$B insmod /modules/${name}.ko`)
    .join("\n");
  return `#!/bin/sh
B=/bin/busybox
$B mount -t proc none /proc
$B mount -t devtmpfs none /dev
$B mount -t sysfs none /sys
${load}
if [ "$DISK" = 1 ]; then $B insmod /modules/virtio_blk.ko; fi
$B ip link set lo up
$B ip address add $ADDRESS dev eth0
$B ip link set eth0 up
exec /bin/node /apps/$APP.js
`;
}
