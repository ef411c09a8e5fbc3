/**
 * A program over the node or the deno adapter, for `process.test.ts`: `process-program.ts MODE`.
 * It stays alive only by what its adapter keeps alive.
 */
import process from "node:process";
import { createDenoHal } from "../../host-adapters/deno/mod.ts";
import { createNodeHal } from "../../host-adapters/node/mod.ts";
import type { HostHal } from "../../host-adapters/shared/host-hal.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const MODES: Readonly<Record<string, (hal: HostHal) => void>> = {
  /** An alarm does not keep the process alive. */
  "ends-by-itself"(hal) {
    hal.timer.onExpire(() => hal.console.write(1, encode("never\n")));
    hal.timer.arm(hal.clock.nowUs() + 30e6);
    hal.power.onRequest(() => {});
    hal.console.write(1, encode("done\n"));
  },
  /** What is due at once still runs. */
  "ends-after-work"(hal) {
    let left = 100;
    hal.timer.onExpire(() => {
      if (--left > 0) hal.timer.arm(0);
      else hal.console.write(1, encode("worked\n"));
    });
    hal.timer.arm(0);
  },
  "held-for-50-ms"(hal) {
    hal.hold();
    hal.hold();
    hal.timer.onExpire(() => {
      hal.console.write(1, encode("held\n"));
      hal.release();
      hal.release();
    });
    hal.timer.arm(hal.clock.nowUs() + 50_000);
  },
  "off-with-output"(hal) {
    for (let line = 0; line < 20_000; line++) hal.console.write(1, encode(`line ${line}\n`));
    hal.console.write(2, encode("diagnostics\n"));
    hal.hold();
    hal.power.off(7);
  },
  "ends-on-request"(hal) {
    hal.hold();
    hal.power.onRequest(() => {
      hal.console.write(1, encode("asked\n"));
      hal.power.off(3);
    });
    hal.console.write(1, encode("ready\n"));
  },
  "ignores-requests"(hal) {
    hal.hold();
    hal.power.onRequest(() => hal.console.write(1, encode("asked\n")));
    hal.console.write(1, encode("ready\n"));
  },
  "counts-input"(hal) {
    hal.hold();
    let bytes = 0;
    hal.console.onReady(() => {
      hal.console.read((piece) => {
        bytes += piece.length;
        if (piece.length > 0) return;
        hal.console.write(1, encode(`${bytes} bytes\n`));
        hal.power.off(0);
      });
    });
  },
  /** The reader of our output is gone, which is no error. */
  "writes-for-ever"(hal) {
    let writes = 0;
    hal.hold();
    hal.timer.onExpire(() => {
      hal.console.write(1, new Uint8Array(10_000));
      if (++writes < 100) hal.timer.arm(0);
      else hal.power.off(5);
    });
    hal.timer.arm(0);
  },
};

const createHal = "Deno" in globalThis ? createDenoHal : createNodeHal;
MODES[process.argv[2]!]!(createHal({ memoryBytes: 65_536 }));
