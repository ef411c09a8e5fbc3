import { Buffer } from "buffer";
import { invalidArgType, type AbortSignalLike } from "../shared/errors.ts";
import { validateView, validateViews } from "./arguments.ts";
import type { Completion, NodeCallback } from "./completion.ts";
import type { SyncOperations } from "./sync-operations.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- operations differ in what they take
type Operation = (...values: any[]) => unknown;
type CallbackForm = (...values: unknown[]) => void;

/**
 * Operations whose callback form takes the same arguments and gives back the same one result, with
 * the number of arguments that come before options and callback.
 */
const PLAIN = {
  access: 1,
  appendFile: 2,
  chmod: 2,
  chown: 3,
  close: 1,
  copyFile: 2,
  fchmod: 2,
  fchown: 3,
  fdatasync: 1,
  fstat: 1,
  fsync: 1,
  ftruncate: 1,
  futimes: 3,
  lchown: 3,
  link: 2,
  lstat: 1,
  lutimes: 3,
  mkdir: 1,
  mkdtemp: 1,
  open: 1,
  opendir: 1,
  readFile: 1,
  readdir: 1,
  readlink: 1,
  realpath: 1,
  rename: 2,
  rm: 1,
  rmdir: 1,
  stat: 1,
  statfs: 1,
  symlink: 2,
  truncate: 1,
  unlink: 1,
  utimes: 3,
  writeFile: 2,
} as const;

/** The callback forms of all operations, by their names in `fs`. */
export function createCallbacks(
  sync: SyncOperations,
  completion: Completion,
): Record<string, CallbackForm> {
  const forms: Record<string, CallbackForm> = {};
  for (const name of Object.keys(PLAIN) as (keyof typeof PLAIN)[]) {
    const operation = sync[`${name}Sync`] as Operation;
    forms[name] = named(name, (...values) => {
      const callback = takeCallback(values, PLAIN[name]);
      const signal = signalOf(values.at(-1));
      if (signal === undefined) completion.callback(callback, () => operation(...values));
      else
        completion.report(
          completion.abortable(signal, () => operation(...values)),
          callback,
        );
    });
  }

  const close = forms["close"]!;
  forms["close"] = named("close", (fd, callback = throwIfAny) => close(fd, callback));
  forms["exists"] = (path, callback) => {
    if (typeof callback !== "function") throw invalidArgType("cb", "function", callback);
    const answer = callback as (exists: boolean) => void;
    const exists = sync.existsSync(path);
    completion.callback(
      () => answer(exists),
      () => undefined,
    );
  };
  forms["cp"] = (...values) => {
    const callback = takeCallback(values, 2);
    completion.report(sync.cp(values[0], values[1], values[2]), callback);
  };

  forms["read"] = (...values) => {
    const callback = takeCallback(values, 1);
    const [fd, buffer, ...range] = readArguments(values);
    validateView(buffer);
    completion.callbackMany(callback, () => [sync.readSync(fd, buffer, ...range), buffer]);
  };
  forms["write"] = (...values) => {
    const callback = takeCallback(values, 2);
    const [fd, data, ...range] = values;
    if (typeof data !== "string") validateView(data, "buffer", true);
    completion.callbackMany(callback, () => [sync.writeSync(fd, data, ...range), data]);
  };
  for (const name of ["readv", "writev"] as const) {
    const operation = sync[`${name}Sync`];
    forms[name] = named(name, (...values) => {
      const callback = takeCallback(values, 2);
      const [fd, buffers, position] = values;
      validateViews(buffers);
      completion.callbackMany(callback, () => [operation(fd, buffers, position), buffers]);
    });
  }
  return forms;
}

/** What `close` does without a callback: nobody else would hear of the error. */
function throwIfAny(error: Error | null): void {
  if (error !== null) throw error;
}

/** `read(fd, [options], callback)` makes its own buffer of 16 KiB. */
function readArguments(values: unknown[]): [unknown, unknown, ...unknown[]] {
  const [fd, second, ...range] = values;
  if (second === undefined || (typeof second === "object" && !ArrayBuffer.isView(second))) {
    const options = (second ?? {}) as { buffer?: Buffer };
    return [fd, options.buffer ?? Buffer.alloc(16_384), options];
  }
  if (!ArrayBuffer.isView(second) && range.length === 0) {
    throw invalidArgType("options", "Object", second);
  }
  return [fd, second, ...range];
}

/**
 * Takes the callback off the end of the arguments.
 *
 * @param before How many arguments can't be the callback.
 */
function takeCallback(values: unknown[], before: number): NodeCallback {
  let last = values.length - 1;
  while (last > before && values[last] === undefined) last--;
  const callback = last < before ? undefined : values[last];
  if (typeof callback !== "function") throw invalidArgType("cb", "function", callback);
  values.length = last;
  return callback as NodeCallback;
}

function signalOf(options: unknown): AbortSignalLike | undefined {
  if (options === null || typeof options !== "object" || !("signal" in options)) return undefined;
  return (options.signal ?? undefined) as AbortSignalLike | undefined;
}

function named(name: string, form: CallbackForm): CallbackForm {
  return Object.defineProperty(form, "name", { value: name });
}
