/** A snapshot of a running system, for dashboards and tools. Plain data: it becomes JSON as it is. */
import { createCounters } from "../../components/tcp/counters.ts";
import type { TcpComponent, TcpCounters, TcpInfo } from "../../components/tcp/mod.ts";
import { createFileSystemStat, type Vfs } from "../../components/vfs/mod.ts";
import { formatIpv4 } from "../../components/ipv4/mod.ts";
import type { Kernel, Task } from "../kernel/mod.ts";
import type { BaseNetwork } from "./network.ts";

export interface TaskSnapshot {
  readonly id: number;
  /** 0 for the root. */
  readonly parent: number;
  readonly name: string;
  readonly state: string;
  readonly turns: number;
  readonly busyUs: number;
  readonly bytes: number;
}

export interface InterfaceSnapshot {
  readonly name: string;
  /** With its prefix length: "10.0.2.15/24"; "" before one is configured. */
  readonly address: string;
  readonly hardwareAddress: string;
  readonly mtuBytes: number;
  readonly receivedFrames: number;
  readonly receivedBytes: number;
  readonly sentFrames: number;
  readonly sentBytes: number;
  readonly drops: number;
}

export interface ConnectionSnapshot {
  /** "address:port". */
  readonly local: string;
  readonly remote: string;
  /** As RFC 9293 spells it. */
  readonly state: string;
  readonly srttUs: number;
  readonly cwndBytes: number;
  readonly sendWindowBytes: number;
  readonly bytesSent: number;
  readonly bytesReceived: number;
  readonly retransmits: number;
  readonly sendQueueBytes: number;
  readonly receiveQueueBytes: number;
}

export interface MountSnapshot {
  readonly mount: string;
  readonly type: string;
  readonly totalBytes: number;
  readonly freeBytes: number;
  /** Inodes in use, or 0 where the file system does not count them. */
  readonly files: number;
}

export interface MemorySnapshot {
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly owners: readonly {
    readonly name: string;
    readonly usedBytes: number;
    readonly peakBytes: number;
    readonly limitBytes: number;
  }[];
}

export interface SystemState {
  readonly platform: { readonly name: string; readonly engine: string; readonly arch: string };
  readonly uptimeUs: number;
  readonly turns: number;
  readonly busyUs: number;
  readonly memory: MemorySnapshot;
  readonly tasks: readonly TaskSnapshot[];
  readonly interfaces: readonly InterfaceSnapshot[];
  /** All connections there are. */
  readonly connectionCount: number;
  /** The first `MAX_CONNECTIONS` of them, and the listeners as state LISTEN. */
  readonly connections: readonly ConnectionSnapshot[];
  /** All zero in an image without TCP. */
  readonly tcp: Readonly<TcpCounters>;
  readonly fs: readonly MountSnapshot[];
}

/** So that a snapshot stays small with 10,000 connections. */
const MAX_CONNECTIONS = 256;
const MAX_TASKS = 256;

/** What a snapshot is taken of: the parts that a system has. */
export interface SystemParts {
  readonly kernel: Kernel;
  readonly network?: BaseNetwork | undefined;
  readonly tcp?: TcpComponent | undefined;
  readonly vfs?: Vfs | undefined;
}

/** Takes a snapshot; of parts that a system does not have there is nothing in it. */
export function takeSnapshot({ kernel, network, tcp, vfs }: SystemParts): SystemState {
  const { memory, counters, hal } = kernel;
  const tasks: TaskSnapshot[] = [];
  collectTasks(kernel.tasks, 0, tasks);
  return {
    platform: { ...hal.platform },
    uptimeUs: kernel.nowUs(),
    turns: counters.turns,
    busyUs: counters.busyUs,
    memory: {
      totalBytes: memory.totalBytes,
      usedBytes: memory.usedBytes,
      owners: memory.owners.map(({ name, usedBytes, peakBytes, limitBytes }) => ({
        name,
        usedBytes,
        peakBytes,
        limitBytes: Math.min(limitBytes, memory.totalBytes),
      })),
    },
    tasks,
    interfaces: network === undefined ? [] : interfacesOf(network),
    connectionCount: tcp?.connectionCount ?? 0,
    connections: tcp === undefined ? [] : connectionsOf(tcp),
    tcp: { ...(tcp?.counters ?? createCounters()) },
    fs: vfs === undefined ? [] : mountsOf(vfs),
  };
}

function collectTasks(task: Task, parent: number, into: TaskSnapshot[]): void {
  if (into.length >= MAX_TASKS) return;
  const { turns, busyUs, bytes } = task.account;
  into.push({ id: task.id, parent, name: task.name, state: task.state, turns, busyUs, bytes });
  for (const child of task.children) collectTasks(child, task.id, into);
}

function interfacesOf(stack: BaseNetwork): InterfaceSnapshot[] {
  return stack.ipv4.interfaces.map((entry) => {
    const link = stack.links.find((candidate) => candidate.interface === entry);
    const ethernet = link?.ethernet.counters;
    const { packetsReceived, bytesReceived, packetsSent, bytesSent } = entry.counters;
    return {
      name: entry.name,
      address: entry.address === 0 ? "" : `${formatIpv4(entry.address)}/${entry.prefixLength}`,
      hardwareAddress: entry.link.hardwareAddress,
      mtuBytes: entry.mtuBytes,
      receivedFrames: ethernet?.framesReceived ?? packetsReceived,
      receivedBytes: ethernet?.bytesReceived ?? bytesReceived,
      sentFrames: ethernet?.framesSent ?? packetsSent,
      sentBytes: ethernet?.bytesSent ?? bytesSent,
      drops:
        ethernet === undefined
          ? stack.loopback.counters.full
          : ethernet.runtFrames + ethernet.foreignFrames + ethernet.unknownTypes,
    };
  });
}

function connectionsOf(tcp: TcpComponent): ConnectionSnapshot[] {
  const snapshots: ConnectionSnapshot[] = [];
  for (const { address, port } of tcp.listeners) {
    snapshots.push({ ...IDLE, local: `${formatIpv4(address)}:${port}`, state: "LISTEN" });
  }
  const info = {} as TcpInfo;
  for (const connection of tcp.connections) {
    if (snapshots.length >= MAX_CONNECTIONS) break;
    const { localAddress, localPort, remoteAddress, remotePort } = connection;
    connection.info(info);
    snapshots.push({
      local: `${formatIpv4(localAddress)}:${localPort}`,
      remote: `${formatIpv4(remoteAddress)}:${remotePort}`,
      state: info.state,
      srttUs: info.srttUs,
      cwndBytes: info.cwndBytes,
      sendWindowBytes: info.sendWindowBytes,
      bytesSent: info.bytesSent,
      bytesReceived: info.bytesReceived,
      retransmits: info.retransmits,
      sendQueueBytes: info.sendQueueBytes,
      receiveQueueBytes: info.receiveQueueBytes,
    });
  }
  return snapshots;
}

const IDLE = {
  remote: "*",
  srttUs: 0,
  cwndBytes: 0,
  sendWindowBytes: 0,
  bytesSent: 0,
  bytesReceived: 0,
  retransmits: 0,
  sendQueueBytes: 0,
  receiveQueueBytes: 0,
};

function mountsOf(vfs: Vfs): MountSnapshot[] {
  const stat = createFileSystemStat();
  return vfs.mounts().map(({ path, type }) => {
    const isKnown = vfs.statfs(path, stat) >= 0;
    return {
      mount: path,
      type,
      totalBytes: isKnown ? stat.blocks * stat.blockBytes : 0,
      freeBytes: isKnown ? stat.freeBlocks * stat.blockBytes : 0,
      files: isKnown ? stat.files - stat.freeFiles : 0,
    };
  });
}
