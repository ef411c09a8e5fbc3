/**
 * Compiles a module to bytecode with the kernel's own engine, which runs here as WebAssembly
 * (`engine/compiler.c`, built by `scripts/build-kernel.ts`). It needs no runtime but the language and
 * WebAssembly, and the same source makes the same bytes everywhere.
 */

/** The part of WebAssembly that is used; every runtime has it. */
interface Runtime {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: Imports): Promise<{ readonly exports: unknown }>;
  readonly Module: { imports(module: object): readonly { module: string; name: string }[] };
}

type Imports = Record<string, Record<string, (...values: number[]) => number>>;

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  _initialize(): void;
  allocate(bytes: number): number;
  compile(source: number, length: number, name: number, keepsLines: number): number;
  result(): number;
  resultLength(): number;
}

/** What the imports need once the instance is there. */
interface World {
  memory?: Exports["memory"];
}

/** How a module is compiled. */
export interface CompileOptions {
  /** What stack traces call it; ASCII. */
  readonly name: string;
  /** Keeps line numbers for stack traces, which takes about a sixth more. */
  readonly keepsLines: boolean;
}

/** WASI's errno for what is not implemented. */
const ENOSYS = 52;

/**
 * @param compiler `build/kernel/compiler.wasm`, of the same build as the kernel: bytecode belongs to
 *   one exact engine.
 * @param source An ECMAScript module in UTF-8.
 * @returns Bytecode for `encodeBytecodePayload`.
 * @throws SyntaxError where the source is none, with its place.
 */
export async function compileModule(
  compiler: Uint8Array,
  source: Uint8Array,
  options: CompileOptions,
): Promise<Uint8Array> {
  const runtime = (globalThis as unknown as { readonly WebAssembly: Runtime }).WebAssembly;
  const module = await runtime.compile(compiler);
  const world: World = {};
  const instance = await runtime.instantiate(module, createImports(runtime, module, world));
  const exports = instance.exports as Exports;
  world.memory = exports.memory;
  exports._initialize();
  const name = Uint8Array.from(options.name, (character) => character.charCodeAt(0));
  const at = store(exports, source);
  const nameAt = store(exports, name);
  const status = exports.compile(at, source.length, nameAt, options.keepsLines ? 1 : 0);
  const length = exports.resultLength();
  const result = new Uint8Array(exports.memory.buffer, exports.result(), length).slice();
  if (status === 0) return result;
  throw new SyntaxError(
    Array.from(result, (byte) => String.fromCharCode(byte))
      .join("")
      .trim(),
  );
}

/** Copies bytes in, with a NUL behind them. */
function store(exports: Exports, bytes: Uint8Array): number {
  const at = exports.allocate(bytes.length + 1);
  if (at === 0) throw new RangeError("the source is too long for the compiler");
  const memory = new Uint8Array(exports.memory.buffer);
  memory.set(bytes, at);
  memory[at + bytes.length] = 0;
  return at;
}

/** A world without files, in which it is always 1970: nothing of it gets into the bytecode. */
function createImports(runtime: Runtime, module: object, world: World): Imports {
  const imports: Imports = {};
  for (const { module: group, name } of runtime.Module.imports(module)) {
    imports[group] ??= {};
    imports[group][name] =
      name === "clock_time_get"
        ? (_clock, _precision, at) => {
            new DataView(world.memory!.buffer).setBigUint64(at!, 0n, true);
            return 0;
          }
        : () => ENOSYS;
  }
  return imports;
}
