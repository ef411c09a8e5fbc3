/** What fewer applications use of `process` and `console`, for those that have one of the words. */
import { formatTable } from "../console-table.ts";
import { native } from "../machine.ts";

/** Everything runs as root: a machine has no users. */
const root = (): number => 0;

/** Node's microseconds of processor time since the start, or since an earlier answer. */
function cpuUsage(since?: { readonly user: number }): { user: number; system: number } {
  return { user: Math.round(native.clock.nowUs() - (since?.user ?? 0)), system: 0 };
}

function completeProcess(): void {
  const { memoryUsage } = process;
  Object.assign(memoryUsage, { rss: () => native.ramBytes });
  Object.assign(process, {
    memoryUsage,
    cpuUsage,
    getuid: root,
    geteuid: root,
    getgid: root,
    getegid: root,
    availableMemory: () => native.heap.limitBytes() - native.heap.usedBytes(),
    constrainedMemory: () => native.heap.limitBytes(),
  });
}

if (typeof process !== "undefined") completeProcess();
Object.assign(console, {
  dirxml: console.log,
  groupCollapsed: console.group,
  table(data: unknown, columns?: readonly string[]): void {
    console.log(formatTable(data, columns) ?? data);
  },
});
