/** The global `process`. */
import { continueAfterError, observe } from "../lifecycle.ts";
import { defineGlobals, native } from "../machine.ts";
import { archive } from "../manifest.ts";
import { defineOutputs } from "../outputs.ts";
import { createProcess, exitCodeOf } from "../process.ts";

const { env, values } = archive.manifest;
const process = createProcess({
  clock: native.clock,
  arch: native.arch,
  engine: native.engine,
  heap: native.heap,
  ramBytes: native.ramBytes,
  off: (exitCode) => native.power.off(exitCode),
});
Object.assign(process.env, env);
process.argv.push(...values);
defineOutputs(process);
observe({
  exitCode: () => exitCodeOf(process),
  onBeforeExit: (exitCode) => process.emit("beforeExit", exitCode),
  onExit: (exitCode) => void process.emit("exit", exitCode),
  onSignal: (signal) => process.emit(signal, signal),
});
defineGlobals({ process });

// As Node does: a rejection goes to those who listen for errors where nobody listens for rejections.
native.onUncaught((error, isRejection) => {
  const isHeard =
    (isRejection && process.emit("unhandledRejection", error)) ||
    process.emit(
      "uncaughtException",
      error,
      isRejection ? "unhandledRejection" : "uncaughtException",
    );
  if (isHeard) continueAfterError();
  return isHeard;
});
