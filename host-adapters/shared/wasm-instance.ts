/**
 * The part of the WebAssembly JavaScript interface that the adapters use. Every host has it, but
 * TypeScript declares it only together with a browser's or Node's whole environment.
 */
interface WebAssemblyHost {
  readonly Memory: new (descriptor: { initial: number; maximum: number }) => {
    readonly buffer: ArrayBuffer;
  };
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

/** An instance with its memory. */
export interface WasmInstance<Exports> {
  readonly bytes: Uint8Array;
  readonly exports: Exports;
}

/**
 * Compiles a module of our own and joins it to a new memory of `pages` * 64 KiB, imported as
 * `env.memory`, that cannot grow.
 *
 * @throws RangeError when the host has no room for the memory.
 */
export function instantiate<Exports>(
  moduleBytes: Uint8Array<ArrayBuffer>,
  pages: number,
): WasmInstance<Exports> {
  const host = (globalThis as unknown as { WebAssembly: WebAssemblyHost }).WebAssembly;
  const memory = new host.Memory({ initial: pages, maximum: pages });
  const instance = new host.Instance(new host.Module(moduleBytes), { env: { memory } });
  return { bytes: new Uint8Array(memory.buffer), exports: instance.exports as Exports };
}
