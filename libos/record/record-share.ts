/**
 * Shares in a recording: every call is one SHARE entry with its result, and with the bytes or names
 * that came with it.
 */
import type { ShareDevice, ShareEntry, ShareStat } from "../hal/mod.ts";
import { JOB, TAG, type EntryReader, type EntryWriter } from "./format.ts";
import type { Recording } from "./recording.ts";

const STAT_FIELDS = [
  "mode",
  "sizeBytes",
  "inode",
  "linkCount",
  "accessedUs",
  "modifiedUs",
  "changedUs",
  "createdUs",
] as const satisfies readonly (keyof ShareStat)[];

const STATFS_FIELDS = 4;
const CHANGE_KINDS = ["change", "rename"] as const;

/** Wraps a share: what it answers is written down. */
export function recordShare(share: ShareDevice, index: number, recording: Recording): ShareDevice {
  const { writer } = recording;
  const result = (value: number): number => {
    if (recording.isEnded) return value;
    writer.byte(TAG.SHARE);
    writer.varint(index);
    writer.signed(value);
    return value;
  };
  const stat = (value: number, into: ShareStat): number => {
    result(value);
    if (value >= 0 && !recording.isEnded) {
      for (const field of STAT_FIELDS) writer.signed(Math.round(into[field]));
    }
    return value;
  };
  return {
    name: share.name,
    readOnly: share.readOnly,
    stat: (path, into) => stat(share.stat(path, into), into),
    statHandle: (handle, into) => stat(share.statHandle(handle, into), into),
    readdir: (path) => {
      const entries = share.readdir(path);
      result(typeof entries === "number" ? entries : entries.length);
      if (typeof entries !== "number" && !recording.isEnded) {
        for (const entry of entries) {
          writer.text(entry.name);
          writer.varint(entry.type);
        }
      }
      return entries;
    },
    readlink: (path) => {
      const target = share.readlink(path);
      result(typeof target === "number" ? target : 0);
      if (typeof target === "string" && !recording.isEnded) writer.text(target);
      return target;
    },
    open: (path, flags, mode) => result(share.open(path, flags, mode)),
    read: (handle, target, targetOffset, length, position) => {
      const count = result(share.read(handle, target, targetOffset, length, position));
      if (count > 0 && !recording.isEnded) writer.bytes(target, targetOffset, count);
      return count;
    },
    write: (handle, source, sourceOffset, length, position) =>
      result(share.write(handle, source, sourceOffset, length, position)),
    truncate: (handle, sizeBytes) => result(share.truncate(handle, sizeBytes)),
    sync: (handle) => result(share.sync(handle)),
    close: (handle) => result(share.close(handle)),
    mkdir: (path, mode) => result(share.mkdir(path, mode)),
    unlink: (path) => result(share.unlink(path)),
    rmdir: (path) => result(share.rmdir(path)),
    rename: (from, to) => result(share.rename(from, to)),
    link: (existing, path) => result(share.link(existing, path)),
    symlink: (target, path) => result(share.symlink(target, path)),
    chmod: (path, mode) => result(share.chmod(path, mode)),
    utimes: (path, accessedUs, modifiedUs) => result(share.utimes(path, accessedUs, modifiedUs)),
    statfs: (into) => {
      const value = result(share.statfs(into));
      if (value >= 0 && !recording.isEnded) writeNumbers(writer, into);
      return value;
    },
    watch: (path) => result(share.watch(path)),
    unwatch: (watch) => result(share.unwatch(watch)),
    changes: (accept) => {
      const count = share.changes((watch, kind, name) => {
        if (!recording.isEnded) {
          writer.byte(TAG.SHARE_CHANGE);
          writer.varint(index);
          writer.varint(watch);
          writer.byte(CHANGE_KINDS.indexOf(kind));
          writer.text(name);
        }
        accept(watch, kind, name);
      });
      return result(count);
    },
    onReady: (handler) => share.onReady(recording.handler(JOB.SHARE, index, handler)),
  };
}

function writeNumbers(writer: EntryWriter, numbers: Float64Array): void {
  for (let index = 0; index < STATFS_FIELDS; index++) writer.signed(Math.round(numbers[index]!));
}

/** How a replayed share gets its entries. */
export interface ShareLog {
  readonly reader: EntryReader;
  /**
   * Consumes a SHARE entry of this share.
   *
   * @returns The recorded result, or `ended` when the recording is over.
   */
  result(index: number, what: string): number;
  /** Consumes a SHARE_CHANGE entry, if that is what comes next. */
  nextIsChange(index: number): boolean;
  onReady(kind: number, index: number, handler: () => void): void;
}

/** A share that answers what was recorded. */
export function replayShare(
  info: { readonly name: string; readonly readOnly: boolean },
  index: number,
  log: ShareLog,
): ShareDevice {
  const { reader } = log;
  const result = (what: string): number => log.result(index, what);
  const stat = (what: string, into: ShareStat): number => {
    const value = result(what);
    if (value >= 0) for (const field of STAT_FIELDS) into[field] = reader.signed();
    return value;
  };
  return {
    ...info,
    stat: (path, into) => stat(`stat ${path}`, into),
    statHandle: (_handle, into) => stat("statHandle", into),
    readdir: (path) => {
      const count = result(`readdir ${path}`);
      if (count < 0) return count;
      const entries: ShareEntry[] = [];
      for (let at = 0; at < count; at++) {
        entries.push({ name: reader.text(), type: reader.varint() });
      }
      return entries;
    },
    readlink: (path) => {
      const value = result(`readlink ${path}`);
      return value < 0 ? value : reader.text();
    },
    open: (path) => result(`open ${path}`),
    read: (_handle, target, targetOffset) => {
      const count = result("read");
      if (count > 0) target.set(reader.bytes(count), targetOffset);
      return count;
    },
    write: () => result("write"),
    truncate: () => result("truncate"),
    sync: () => result("sync"),
    close: () => result("close"),
    mkdir: (path) => result(`mkdir ${path}`),
    unlink: (path) => result(`unlink ${path}`),
    rmdir: (path) => result(`rmdir ${path}`),
    rename: (from) => result(`rename ${from}`),
    link: (existing) => result(`link ${existing}`),
    symlink: (target) => result(`symlink ${target}`),
    chmod: (path) => result(`chmod ${path}`),
    utimes: (path) => result(`utimes ${path}`),
    statfs: (into) => {
      const value = result("statfs");
      if (value >= 0) for (let at = 0; at < STATFS_FIELDS; at++) into[at] = reader.signed();
      return value;
    },
    watch: (path) => result(`watch ${path}`),
    unwatch: () => result("unwatch"),
    changes: (accept) => {
      while (log.nextIsChange(index)) {
        const watch = reader.varint();
        const kind = CHANGE_KINDS[reader.byte()] ?? "change";
        accept(watch, kind, reader.text());
      }
      return result("changes");
    },
    onReady: (handler) => log.onReady(JOB.SHARE, index, handler),
  };
}
