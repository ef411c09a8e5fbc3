/**
 * A small emitter of WebAssembly's binary format (WebAssembly Core Specification 2.0, 5): enough
 * for a module of integer and SIMD functions over one imported memory.
 *
 * Code is plain arrays of bytes, so that a function body reads as nested calls:
 * `whileAtLeast(LENGTH, 16, [...step])`. Nothing here is on a data path; it runs once per slab.
 */

/** Instructions, or any other run of bytes of the format. */
export type Code = readonly number[];

/** Value types (5.3.1 and 5.3.2). */
export const TYPE = { I32: 0x7f, I64: 0x7e, V128: 0x7b } as const;

/** Instructions without immediate operands (5.4). Those that start with 0xfd are SIMD. */
export const OP = {
  END: [0x0b],
  I32_EQZ: [0x45],
  I32_GE_U: [0x4f],
  I32_ADD: [0x6a],
  I32_SUB: [0x6b],
  I32_AND: [0x71],
  I32_OR: [0x72],
  I32_SHL: [0x74],
  I32_SHR_U: [0x76],
  I64_ADD: [0x7c],
  I64_AND: [0x83],
  I64_SHR_U: [0x88],
  I32_WRAP_I64: [0xa7],
  I64_EXTEND_I32_U: [0xad],
  I32X4_SHL: [0xfd, 0xab, 0x01],
  I32X4_SHR_U: [0xfd, 0xad, 0x01],
  I32X4_ADD: [0xfd, 0xae, 0x01],
  I32X4_SUB: [0xfd, 0xb1, 0x01],
  I64X2_EXTEND_LOW_I32X4_U: [0xfd, 0xc9, 0x01],
  I64X2_EXTEND_HIGH_I32X4_U: [0xfd, 0xca, 0x01],
  I64X2_ADD: [0xfd, 0xce, 0x01],
  /** Operands: to, from, length. The ranges may overlap. */
  MEMORY_COPY: [0xfc, 0x0a, 0, 0],
  /** Operands: to, byte, length. */
  MEMORY_FILL: [0xfc, 0x0b, 0],
} as const;

/** An unsigned LEB128 number (5.2.2). */
export function unsigned(value: number): Code {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}

/** A signed LEB128 number of at most 32 bits (5.2.2). */
export function signed(value: number): Code {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const low = rest & 0x7f;
    if ((rest >= -64 && rest < 0) || (rest >= 0 && rest < 64)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

/** Pushes a local variable or a parameter. */
export const get = (local: number): Code => [0x20, ...unsigned(local)];
/** Computes `value` into a local variable. */
export const set = (local: number, ...value: Code[]): Code => [
  ...value.flat(),
  0x21,
  ...unsigned(local),
];
export const i32 = (value: number): Code => [0x41, ...signed(value)];
export const i64 = (value: number): Code => [0x42, ...signed(value)];

/** A memory access: the address is on the stack, `offset` is added, no alignment is promised. */
const memory =
  (...opcode: number[]) =>
  (offset = 0): Code => [...opcode, 0, ...unsigned(offset)];
export const i32Load8: (offset?: number) => Code = memory(0x2d);
export const i32Load16: (offset?: number) => Code = memory(0x2f);
export const i32Store: (offset?: number) => Code = memory(0x36);
export const i32Store8: (offset?: number) => Code = memory(0x3a);
export const i32Store16: (offset?: number) => Code = memory(0x3b);
export const i32Load: (offset?: number) => Code = memory(0x28);
export const v128Load: (offset?: number) => Code = memory(0xfd, 0x00);
export const v128Store: (offset?: number) => Code = memory(0xfd, 0x0b);
export const v128Zero: Code = [0xfd, 0x0c, ...Array.from({ length: 16 }, () => 0)];
export const i64x2ExtractLane = (lane: 0 | 1): Code => [0xfd, 0x1d, lane];

/** `if (condition) { then }`. */
export const when = (condition: Code, then: readonly Code[]): Code => [
  ...condition,
  0x04,
  0x40,
  ...then.flat(),
  ...OP.END,
];

/** `while (local >= bound) { body }`, unsigned. */
export const whileAtLeast = (local: number, bound: number, body: readonly Code[]): Code => [
  0x03,
  0x40,
  // `br 1` leaves the `if` and goes back to the head of the loop.
  ...when([...get(local), ...i32(bound), ...OP.I32_GE_U], [...body, [0x0c, 1]]),
  ...OP.END,
];

/** One exported function. Locals are numbered behind the parameters, in this order. */
export interface WasmFunction {
  readonly name: string;
  /** All parameters are i32. */
  readonly parameterCount: number;
  readonly returnsI32: boolean;
  readonly locals: readonly number[];
  readonly body: readonly Code[];
}

const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const sized = (code: Code): Code => [...unsigned(code.length), ...code];
const section = (id: number, items: readonly Code[]): Code => [id, ...sized(vector(items))];
const text = (value: string): Code => sized(Array.from(value, (letter) => letter.charCodeAt(0)));

/** @returns The bytes of a module that imports the memory `env.memory` and exports `functions`. */
export function encodeModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const types = functions.map((each): Code => [
    0x60,
    ...vector(Array.from({ length: each.parameterCount }, () => [TYPE.I32])),
    ...vector(each.returnsI32 ? [[TYPE.I32]] : []),
  ]);
  const bodies = functions.map((each): Code => {
    const locals = vector(each.locals.map((type) => [1, type]));
    return sized([...locals, ...each.body.flat(), ...OP.END]);
  });
  const magicAndVersion: Code = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  return Uint8Array.from([
    ...magicAndVersion,
    ...section(1, types),
    ...section(2, [[...text("env"), ...text("memory"), 0x02, 0x00, 1]]),
    ...section(
      3,
      functions.map((_, index) => unsigned(index)),
    ),
    ...section(
      7,
      functions.map((each, index) => [...text(each.name), 0x00, ...unsigned(index)]),
    ),
    ...section(10, bodies),
  ]);
}
