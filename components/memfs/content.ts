import { EFBIG, ENOSPC } from "../vfs/errno.ts";
import { CHUNK_BYTES, type ChunkStore } from "./chunk-store.ts";
import type { Inode } from "./inode.ts";

/**
 * The bytes of regular files.
 *
 * Always true: bytes of a chunk at and behind the file's size are zero, so that a file can grow
 * without touching them; and a chunk never reaches behind its CHUNK_BYTES.
 */

const CHUNK_SHIFT = 16;
const CHUNK_MASK = CHUNK_BYTES - 1;

/** Copies a range between arrays; the view that `set` needs is avoided where the whole is copied. */
function copy(
  target: Uint8Array,
  targetOffset: number,
  source: Uint8Array,
  sourceOffset: number,
  length: number,
): void {
  if (length === source.length) target.set(source, targetOffset);
  else if (length > 24) {
    target.set(source.subarray(sourceOffset, sourceOffset + length), targetOffset);
  } else {
    for (let i = 0; i < length; i++) target[targetOffset + i] = source[sourceOffset + i]!;
  }
}

/** @returns Bytes copied to `target`: fewer than `length` at the end of the file only. */
export function readContent(
  inode: Inode,
  target: Uint8Array,
  targetOffset: number,
  length: number,
  position: number,
): number {
  const total = Math.min(length, inode.sizeBytes - position);
  if (total <= 0) return 0;
  let done = 0;
  while (done < total) {
    const at = position + done;
    const within = at & CHUNK_MASK;
    const part = Math.min(total - done, CHUNK_BYTES - within);
    const chunk = inode.chunks[chunkIndex(at)];
    const covered = chunk === undefined ? 0 : Math.max(0, Math.min(part, chunk.length - within));
    if (covered > 0) copy(target, targetOffset + done, chunk!, within, covered);
    if (covered < part) {
      target.fill(0, targetOffset + done + covered, targetOffset + done + part);
    }
    done += part;
  }
  return total;
}

/** Positions may be beyond 2^32, so they are divided and not shifted there. */
function chunkIndex(position: number): number {
  return position < 0x80000000 ? position >> CHUNK_SHIFT : Math.floor(position / CHUNK_BYTES);
}

/**
 * Writes at `position`, and takes memory for it first; a file that was long stays so.
 *
 * @returns Bytes written: fewer than `length` when memory for the first part only was left, and
 *   ENOSPC when there was none. EFBIG when not one byte may lie there.
 */
export function writeContent(
  store: ChunkStore,
  inode: Inode,
  source: Uint8Array,
  sourceOffset: number,
  length: number,
  position: number,
  fileBytesMax: number,
): number {
  const total = Math.min(length, fileBytesMax - position);
  if (total <= 0) return -EFBIG;
  let done = 0;
  while (done < total) {
    const at = position + done;
    const within = at & CHUNK_MASK;
    const wanted = Math.min(total - done, CHUNK_BYTES - within);
    const chunk = chunkFor(store, inode, chunkIndex(at), within, within + wanted);
    if (chunk === undefined || chunk.length <= within) break;
    const part = Math.min(wanted, chunk.length - within);
    copy(chunk, within, source, sourceOffset + done, part);
    done += part;
    if (part < wanted) break;
  }
  if (done === 0) return -ENOSPC;
  if (position + done > inode.sizeBytes) inode.sizeBytes = position + done;
  return done;
}

/**
 * The chunk at `index`, made or made longer so that it reaches `to` if memory allows.
 *
 * @param from The caller fills `from .. to`.
 */
function chunkFor(
  store: ChunkStore,
  inode: Inode,
  index: number,
  from: number,
  to: number,
): Uint8Array | undefined {
  const old = inode.chunks[index];
  const oldLength = old === undefined ? 0 : old.length;
  if (oldLength >= to) return old;
  const keptTo = old === undefined ? to : Math.max(to, oldLength);
  const useful = Math.max(oldLength, from) + 1;
  const chunk = store.take(to, useful, oldLength, old === undefined ? from : 0, keptTo);
  if (chunk === undefined) return old;
  if (old !== undefined) {
    if (oldLength < from) chunk.fill(0, oldLength, Math.min(from, chunk.length));
    chunk.set(old);
    store.release(old);
  }
  inode.chunks[index] = chunk;
  inode.allocatedBytes += chunk.length - oldLength;
  return chunk;
}

/** Sets the size: gives back what lies behind it, and lets what is added read as zeros. */
export function truncateContent(store: ChunkStore, inode: Inode, sizeBytes: number): void {
  if (sizeBytes < inode.sizeBytes) {
    const kept = Math.ceil(sizeBytes / CHUNK_BYTES);
    const { chunks } = inode;
    for (let index = kept; index < chunks.length; index++) {
      const chunk = chunks[index];
      if (chunk === undefined) continue;
      inode.allocatedBytes -= chunk.length;
      store.release(chunk);
    }
    if (chunks.length > kept) chunks.length = kept;
    const within = sizeBytes & CHUNK_MASK;
    if (within > 0) chunks[kept - 1]?.fill(0, within);
  }
  inode.sizeBytes = sizeBytes;
}
