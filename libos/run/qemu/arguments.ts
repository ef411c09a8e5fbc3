/** The command line of QEMU for an image. */
import type { Publish } from "../../config/mod.ts";

/** Machines of QEMU that images boot on. */
export const MACHINES = ["microvm", "q35", "pc"] as const;
/** The name of QEMU's user network. */
export const NETDEV = "net0";
/** What QEMU calls the file to which an image that records writes. */
export const RECORD_CHARDEV = "record";
export type MachineName = (typeof MACHINES)[number];

export interface QemuOptions {
  /** The image. */
  readonly imagePath: string;
  readonly machine: MachineName;
  readonly memoryBytes: number;
  /** False: the machine has no network device. */
  readonly net: boolean;
  /** Ports of the host; none of them is 0. */
  readonly publish: readonly Publish[];
  /** The first one is the image's disk0. */
  readonly disks?: readonly QemuDisk[];
  /** Where all frames are written, for tshark. */
  readonly pcapPath?: string | undefined;
  /** A reset starts the machine again; otherwise it ends QEMU. */
  readonly restarts?: boolean;
  /** The file to which an image that records appends. */
  readonly recordPath?: string | undefined;
  /** Wait for a debugger at this port of 127.0.0.1. */
  readonly gdbPort?: number | undefined;
  /** Sockets by which the image tells of itself, and QEMU takes commands. */
  readonly control?: { readonly path: string; readonly port: number } | undefined;
  readonly monitorPath?: string | undefined;
  /** A memory balloon, which gives back what the image lacks. */
  readonly balloon?: boolean | undefined;
  /** Words for the kernel (`bare-metal/SPEC.md`). */
  readonly commandLine?: string | undefined;
}

/** A disk of the machine: a file of the host. */
export interface QemuDisk {
  readonly path: string;
  readonly readOnly: boolean;
}

/** QEMU's comma is doubled in values. */
function quoted(value: string): string {
  return value.replaceAll(",", ",,");
}

function networkArguments({ machine, publish, pcapPath }: QemuOptions): string[] {
  const forwards = publish.map(
    ({ protocol, hostAddress, hostPort, appPort }) =>
      `,hostfwd=${protocol}:${hostAddress}:${hostPort}-:${appPort}`,
  );
  const device =
    machine === "microvm" ? "virtio-net-device" : "virtio-net-pci,disable-legacy=on,romfile=";
  return [
    ...[
      "-netdev",
      `user,id=${NETDEV}${forwards.join("")}`,
      "-device",
      `${device},netdev=${NETDEV}`,
    ],
    ...(pcapPath === undefined
      ? []
      : ["-object", `filter-dump,id=dump0,netdev=${NETDEV},file=${quoted(pcapPath)}`]),
  ];
}

/** A file is taken as it is, but `.qcow2` by its format: QEMU must not guess what a guest wrote. */
function diskArguments({ machine, disks = [] }: QemuOptions): string[] {
  const device = machine === "microvm" ? "virtio-blk-device" : "virtio-blk-pci,disable-legacy=on";
  const each = disks.map(({ path, readOnly }, index) => {
    const format = path.endsWith(".qcow2") ? "qcow2" : "raw";
    const options = `if=none,id=disk${index},format=${format},discard=unmap`;
    const drive = `${options},readonly=${readOnly ? "on" : "off"},file=${quoted(path)}`;
    return ["-drive", drive, "-device", `${device},drive=disk${index}`];
  });
  // A microvm fills its slots from the last one on, and an image names devices from the first.
  return (machine === "microvm" ? each.toReversed() : each).flat();
}

/**
 * A virtio console of one port. QEMU writes a file at once and whole, so that nothing is lost between
 * the image and the file; a socket or a pipe that is full would lose what an image has sent.
 */
function recordArguments({ machine, recordPath }: QemuOptions): string[] {
  if (recordPath === undefined) return [];
  const bus =
    machine === "microvm" ? "virtio-serial-device" : "virtio-serial-pci,disable-legacy=on";
  return [
    ...["-chardev", `file,id=${RECORD_CHARDEV},append=on,path=${quoted(recordPath)}`],
    ...["-device", `${bus},max_ports=1`, "-device", `virtconsole,chardev=${RECORD_CHARDEV}`],
  ];
}

function balloonArguments({ machine, balloon }: QemuOptions): string[] {
  if (balloon !== true) return [];
  const device =
    machine === "microvm" ? "virtio-balloon-device" : "virtio-balloon-pci,disable-legacy=on";
  return ["-device", `${device},deflate-on-oom=on`];
}

function controlArguments({ control, monitorPath }: QemuOptions): string[] {
  const socket = (id: string, path: string): string[] => [
    "-chardev",
    `socket,id=${id},path=${quoted(path)}`,
  ];
  return [
    ...(control === undefined
      ? []
      : [
          ...socket("control", control.path),
          ...["-device", `isa-debugcon,iobase=${control.port},chardev=control`],
        ]),
    ...(monitorPath === undefined
      ? []
      : [...socket("monitor", monitorPath), "-mon", "chardev=monitor,mode=control"]),
  ];
}

/** The words of the caller, then those of the devices that are attached. */
function kernelWords({ commandLine, control }: QemuOptions): string {
  return [commandLine, control && `control=${control.port}`].filter(Boolean).join(" ");
}

/**
 * Makes the arguments: emulation, the console on standard input and output, and the exit code by
 * `isa-debug-exit`.
 */
export function qemuArguments(options: QemuOptions): string[] {
  const { imagePath, machine, memoryBytes, net, restarts, gdbPort } = options;
  const words = kernelWords(options);
  return [
    ...["-accel", "tcg", "-cpu", "max", "-M", machine],
    ...["-m", `${Math.ceil(memoryBytes / 1024)}K`],
    ...["-nodefaults", "-display", "none", "-serial", "stdio"],
    ...(restarts === true ? [] : ["-no-reboot"]),
    ...["-device", "isa-debug-exit,iobase=0xf4,iosize=4"],
    // Without it the slots of a microvm are those of virtio 0.9.
    ...(machine === "microvm" ? ["-global", "virtio-mmio.force-legacy=false"] : []),
    ...["-kernel", imagePath],
    ...(words === "" ? [] : ["-append", words]),
    ...(net ? networkArguments(options) : []),
    ...diskArguments(options),
    ...recordArguments(options),
    ...balloonArguments(options),
    ...controlArguments(options),
    ...(gdbPort === undefined ? [] : ["-gdb", `tcp:127.0.0.1:${gdbPort}`, "-S"]),
  ];
}
