/** One trial: does an image do its work in so much memory? */
import { spawn } from "node:child_process";
import { Agent } from "node:http";
import { answerOf, answersAll } from "../../bench/image/keep-alive.ts";
import { freePort } from "../../libos/run/qemu/forward-ports.ts";

export interface Trial {
  readonly imagePath: string;
  /** As QEMU calls it. */
  readonly machine: string;
  /** The image's port that speaks HTTP; undefined: it is to end by itself. */
  readonly port: number | undefined;
  readonly connections: number;
}

export interface Result {
  readonly works: boolean;
  /** The last line of the image, where it does not. */
  readonly reason: string;
  /** All that it printed. */
  readonly output: string;
}

const HOST = "127.0.0.1";
const LIMIT_MS = 120_000;
/** How soon a server answers that has been started, when the machine is busy. */
const ANSWER_MS = 60_000;
const RETRY_MS = 50;

/** Asks by new connections until one is answered. @returns Whether one was. */
export async function answersSoon(port: number, hasEnded: () => boolean): Promise<boolean> {
  const endMs = Date.now() + ANSWER_MS;
  const agent = new Agent({ keepAlive: false });
  while (!(await answerOf(agent, { host: HOST, port }, 2000))) {
    if (hasEnded() || Date.now() > endMs) return false;
    await new Promise((resolve) => void setTimeout(resolve, RETRY_MS));
  }
  return true;
}

/** @returns Whether all connections have got both answers. */
async function serves(
  port: number,
  connections: number,
  hasEnded: () => boolean,
): Promise<boolean> {
  if (!(await answersSoon(port, hasEnded))) return false;
  return answersAll({ host: HOST, port }, connections, ANSWER_MS);
}

/** What clients do; resolves with whether the image did as it should. */
export type Work = (port: number, hasEnded: () => boolean) => Promise<boolean>;

/** Boots the image once. `work`: instead of connections that each ask twice. */
export async function worksIn(
  trial: Trial,
  memoryKib: number,
  more: string = "",
  work: Work = (hostPort, hasEnded) => serves(hostPort, trial.connections, hasEnded),
): Promise<Result> {
  const { imagePath, machine, port } = trial;
  const hostPort = await freePort(HOST);
  const device = machine === "microvm" ? "virtio-net-device" : "virtio-net-pci,romfile=";
  const forward = port === undefined ? "" : `,hostfwd=tcp:${HOST}:${hostPort}-:${port}`;
  const child = spawn(
    "qemu-system-x86_64",
    [
      ...["-accel", "tcg", "-M", machine, "-cpu", "max", "-m", `${memoryKib}K`, "-nodefaults"],
      ...["-display", "none", "-no-reboot", "-serial", "stdio", "-kernel", imagePath],
      ...["-netdev", `user,id=n0${forward}`, "-device", `${device},netdev=n0`],
      ...["-global", "virtio-mmio.force-legacy=false", "-append", more],
      ...["-device", "isa-debug-exit,iobase=0xf4,iosize=4"],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let output = "";
  let status: number | null | undefined;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  }
  const ended = new Promise<void>((resolve) => {
    child.on("close", (code) => {
      status = code;
      resolve();
    });
  });
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT_MS);
  let works: boolean;
  if (port === undefined) {
    await ended;
    works = status === 0;
  } else {
    works = await work(hostPort, () => status !== undefined);
    child.kill("SIGKILL");
    await ended;
  }
  clearTimeout(timer);
  const lines = output.trim().split(/\r?\n/);
  return {
    works,
    output,
    reason: lines.find((line) => /memory|rror/.test(line)) ?? lines.at(-1) ?? "",
  };
}
