/**
 * The WebAssembly module behind packet memory: copy, checksum, and both in one pass, 64 bytes at a
 * time, at any alignment.
 *
 * The checksum (RFC 1071) adds little-endian words, because the one's complement sum does not care:
 * swapping the bytes of the result gives the big-endian sum (section 2B). A lane of 32 bits holds
 * two words; the loop adds the lanes (`SUM`, modulo 2^32) and their high halves (`HIGH`) apart, and
 * the low halves are what is left: SUM - (HIGH << 16).
 */
import {
  type Code,
  encodeModule,
  get,
  i32,
  i32Load,
  i32Load16,
  i32Load8,
  i32Store,
  i32Store16,
  i32Store8,
  i64,
  i64x2ExtractLane,
  OP,
  set,
  TYPE,
  v128Load,
  v128Store,
  v128Zero,
  whileAtLeast,
  type WasmFunction,
  when,
} from "./wasm-emitter.ts";

/** What an instance exports. Nothing checks ranges here but WebAssembly's own bounds. */
export interface PacketModule {
  /** Copies ranges that may overlap. */
  copy(to: number, from: number, length: number): void;
  zero(offset: number, length: number): void;
  checksum(from: number, length: number, sum: number): number;
  copyChecksum(to: number, from: number, length: number, sum: number): number;
}

/** Bytes after which the lanes are emptied: a lane takes 65,536 words at the most. */
const LANE_BYTES = 2 ** 19;

const advance = (local: number, bytes: number): Code =>
  set(local, get(local), i32(bytes), OP.I32_ADD);
const retreat = (local: number, bytes: number): Code =>
  set(local, get(local), i32(bytes), OP.I32_SUB);

/** The numbers of a checksum function's locals; `to` is absent where nothing is copied. */
interface Locals {
  readonly to: number | undefined;
  readonly from: number;
  readonly length: number;
  readonly sum: number;
  readonly chunk: number;
  readonly word: number;
  readonly total: number;
  readonly sums: readonly [number, number];
  readonly highs: readonly [number, number];
  readonly vectors: readonly number[];
}

/** Loads `vectors.length` * 16 bytes, stores them at `to`, and adds them to the lanes. */
function addVectors(at: Locals, vectors: readonly number[]): Code[] {
  const { to, sums, highs } = at;
  const loads = vectors.map((each, n) => set(each, get(at.from), v128Load(16 * n)));
  const stores =
    to === undefined
      ? []
      : vectors.map((each, n) => [...get(to), ...get(each), ...v128Store(16 * n)]);
  const adds = vectors.flatMap((each, n) => {
    const sum = sums[n % 2]!;
    const high = highs[n % 2]!;
    return [
      set(sum, get(sum), get(each), OP.I32X4_ADD),
      set(high, get(high), get(each), i32(16), OP.I32X4_SHR_U, OP.I32X4_ADD),
    ];
  });
  return [...loads, ...stores, ...adds, ...step(at, 16 * vectors.length)];
}

function step(at: Locals, bytes: number): Code[] {
  return [advance(at.from, bytes), ...(at.to === undefined ? [] : [advance(at.to, bytes)])];
}

/** Empties the lanes into `total` (u64). */
function emptyLanes(at: Locals): Code[] {
  const [sum] = at.sums;
  const [high] = at.highs;
  const addToTotal = (lanes: number): Code[] => [
    set(
      lanes,
      [...get(lanes), ...OP.I64X2_EXTEND_LOW_I32X4_U],
      [...get(lanes), ...OP.I64X2_EXTEND_HIGH_I32X4_U],
      OP.I64X2_ADD,
    ),
    set(
      at.total,
      [...get(at.total), ...get(lanes), ...i64x2ExtractLane(0), ...OP.I64_ADD],
      [...get(lanes), ...i64x2ExtractLane(1), ...OP.I64_ADD],
    ),
  ];
  const clear = [...at.sums, ...at.highs].map((each) => set(each, v128Zero));
  return [
    set(sum, get(sum), get(at.sums[1]), OP.I32X4_ADD),
    set(high, get(high), get(at.highs[1]), OP.I32X4_ADD),
    set(sum, get(sum), get(high), i32(16), OP.I32X4_SHL, OP.I32X4_SUB),
    ...addToTotal(sum),
    ...addToTotal(high),
    ...clear,
  ];
}

/** One scalar step of `bytes` bytes. */
function addScalar(at: Locals, bytes: number, load: Code, store: Code): Code[] {
  const { to, word } = at;
  return [
    set(word, get(at.from), load),
    to === undefined ? [] : [...get(to), ...get(word), ...store],
    set(at.total, get(at.total), get(word), OP.I64_EXTEND_I32_U, OP.I64_ADD),
    ...step(at, bytes),
    retreat(at.length, bytes),
  ];
}

/** Pushes `total` folded to 16 bits, its bytes swapped, plus `sum`, folded again. */
function result(at: Locals): Code[] {
  const { total, word, sum } = at;
  const low32: Code = [0x42, 0xff, 0xff, 0xff, 0xff, 0x0f];
  const fold64 = set(
    total,
    [...get(total), ...low32, ...OP.I64_AND],
    [...get(total), ...i64(32), ...OP.I64_SHR_U, ...OP.I64_ADD],
  );
  const fold32 = set(
    word,
    [...get(word), ...i32(0xffff), ...OP.I32_AND],
    [...get(word), ...i32(16), ...OP.I32_SHR_U, ...OP.I32_ADD],
  );
  const swap = set(
    word,
    [...get(word), ...i32(8), ...OP.I32_SHL, ...i32(0xff00), ...OP.I32_AND],
    [...get(word), ...i32(8), ...OP.I32_SHR_U, ...OP.I32_OR],
  );
  const addSum = set(word, get(word), get(sum), OP.I32_ADD);
  const narrow = set(word, get(total), OP.I32_WRAP_I64);
  return [fold64, fold64, narrow, fold32, fold32, swap, addSum, fold32, get(word)];
}

function checksumBody(at: Locals): Code[] {
  const { length, chunk } = at;
  const takeChunk = [
    set(chunk, get(length), i32(-16), OP.I32_AND),
    when([...get(chunk), ...i32(LANE_BYTES), ...OP.I32_GE_U], [set(chunk, i32(LANE_BYTES))]),
    set(length, get(length), get(chunk), OP.I32_SUB),
  ];
  return [
    whileAtLeast(length, 16, [
      ...takeChunk,
      whileAtLeast(chunk, 64, [...addVectors(at, at.vectors), retreat(chunk, 64)]),
      whileAtLeast(chunk, 16, [...addVectors(at, at.vectors.slice(0, 1)), retreat(chunk, 16)]),
      ...emptyLanes(at),
    ]),
    whileAtLeast(length, 4, addScalar(at, 4, i32Load(), i32Store())),
    whileAtLeast(length, 2, addScalar(at, 2, i32Load16(), i32Store16())),
    // An odd last byte is the high byte of a big-endian word padded with zero (RFC 1071, 4.1).
    whileAtLeast(length, 1, addScalar(at, 1, i32Load8(), i32Store8())),
    ...result(at),
  ];
}

function checksumFunction(name: string, copies: boolean): WasmFunction {
  const parameterCount = copies ? 4 : 3;
  const first = copies ? 1 : 0;
  const local = (n: number): number => parameterCount + n;
  const at: Locals = {
    to: copies ? 0 : undefined,
    from: first,
    length: first + 1,
    sum: first + 2,
    chunk: local(0),
    word: local(1),
    total: local(2),
    sums: [local(3), local(4)],
    highs: [local(5), local(6)],
    vectors: [local(7), local(8), local(9), local(10)],
  };
  const vectors = Array.from({ length: 8 }, () => TYPE.V128);
  const locals = [TYPE.I32, TYPE.I32, TYPE.I64, ...vectors];
  return { name, parameterCount, returnsI32: true, locals, body: checksumBody(at) };
}

/** @returns The module's bytes, the same at every call. */
export function encodePacketModule(): Uint8Array<ArrayBuffer> {
  const noResult = { returnsI32: false, locals: [] };
  return encodeModule([
    {
      ...noResult,
      name: "copy",
      parameterCount: 3,
      body: [get(0), get(1), get(2), OP.MEMORY_COPY],
    },
    {
      ...noResult,
      name: "zero",
      parameterCount: 2,
      body: [get(0), i32(0), get(1), OP.MEMORY_FILL],
    },
    checksumFunction("checksum", false),
    checksumFunction("copyChecksum", true),
  ]);
}
