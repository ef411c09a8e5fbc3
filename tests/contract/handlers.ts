/** Rules 2 and 3 of libos/hal/hal.ts: where handlers run, and what they may count on. */
import assert from "node:assert/strict";
import { type ContractHarness, testSystem, type TestFunction } from "./harness.ts";
import { sendBytes } from "./frames.ts";

export function handlerContract(harness: ContractHarness, test: TestFunction): void {
  testSystem(harness, test, "handlers run on an empty stack, one at a time", async (system) => {
    const { hal, net, disk } = system;
    let stack = "";
    const seen = new Set<string>();
    /** Calls into the contract under a name, so that a handler inside of it is caught. */
    const call = (name: string, action: () => void): void => {
      const outer = stack;
      stack = `${outer} ${name}`;
      action();
      stack = outer;
    };
    const handler = (name: string, action: () => void) => () => {
      assert.equal(stack, "", `the handler of ${name} ran inside of`);
      seen.add(name);
      call(name, action);
    };
    let rounds = 0;
    let answers = 0;
    hal.timer.onExpire(
      handler("timer", () => {
        if (++rounds < 5) hal.timer.arm(0);
      }),
    );
    hal.console.onReady(handler("console", () => hal.console.read(() => {})));
    hal.power.onRequest(handler("power", () => call("arm", () => hal.timer.arm(0))));
    if (net !== undefined) {
      const { near, far } = net;
      near.device.onReady(handler("near", () => near.device.receive(() => {}, 100)));
      far.device.onReady(
        handler("far", () => {
          far.device.receive(() => {}, 100);
          if (answers++ < 5) call("transmit", () => sendBytes(far, Uint8Array.of(1)));
        }),
      );
      call("transmit", () => sendBytes(near, Uint8Array.of(1)));
    }
    if (disk !== undefined) {
      disk.device.onReady(handler("disk", () => disk.device.complete(() => {})));
      call("submit", () => disk.device.submit("flush", 0, 0, 0, 1));
    }
    call("arm", () => hal.timer.arm(0));
    call("type", () => system.console.type(Uint8Array.of(10)));
    call("request", () => system.power.requestEnd());
    const expected = ["timer", "console", "power"];
    if (net !== undefined) expected.push("near", "far");
    if (disk !== undefined) expected.push("disk");
    await system.until(() => expected.every((name) => seen.has(name)));
    assert.deepEqual([...seen].toSorted(), expected.toSorted());
  });

  testSystem(harness, test, "promise reactions end before the next handler", async (system) => {
    const { hal, net } = system;
    let pending = 0;
    let handlers = 0;
    const handler = (action: () => void) => () => {
      assert.equal(pending, 0, "reactions were pending when a handler ran");
      handlers++;
      pending += 3;
      void (async () => {
        for (let step = 0; step < 3; step++) {
          await undefined;
          pending--;
        }
      })();
      action();
    };
    hal.timer.onExpire(
      handler(() => {
        if (handlers >= 60) return;
        hal.timer.arm(0);
        if (net !== undefined) sendBytes(net.near, Uint8Array.of(1));
      }),
    );
    net?.far.device.onReady(handler(() => net.far.device.receive(() => {}, 100)));
    hal.timer.arm(0);
    assert.ok(await system.until(() => handlers >= 60));
  });

  testSystem(
    harness,
    test,
    "what became ready before its handler was set is announced",
    async (system) => {
      const { net, console } = { net: system.net, console: system.hal.console };
      let frames = 0;
      if (net !== undefined) {
        sendBytes(net.near, Uint8Array.of(1));
        await system.until(() => false, 3000);
        net.far.device.onReady(() => (frames += net.far.device.receive(() => {}, 10)));
        assert.ok(await system.until(() => frames === 1), "a frame");
      }
      const input: number[] = [];
      console.onReady(() => {});
      system.console.type(Uint8Array.of(7));
      await system.until(() => false, 20_000);
      console.onReady(() => console.read((bytes) => input.push(...bytes)));
      assert.ok(await system.until(() => input.length === 1), "input");
    },
  );
}
