/** The machine that the figures were measured on, for without it they say nothing. */
import { availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";

/** What a reader needs to know to compare figures. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly v8: string;
  /** The mean number of running tasks in the minute before the start: 0 on a quiet machine. */
  readonly load: number;
}

/** @returns This machine, now. */
export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}, ${process.arch}`,
    node: process.version,
    v8: process.versions.v8,
    load: Number((loadavg()[0] ?? 0).toFixed(2)),
  };
}

/** @returns The machine in lines for a person, with a word of warning when it is busy. */
export function machineLines(machine: Machine): string[] {
  const lines = [
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB; ${machine.system}`,
    `Node ${machine.node.slice(1)} (V8 ${machine.v8}); load before the start ${machine.load}`,
  ];
  if (machine.load > machine.cores / 2) {
    lines.push("The machine is busy: read the ratios with their spread, not the figures.");
  }
  return lines;
}
