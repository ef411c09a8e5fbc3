/** `Power` (libos/hal/hal.ts). */
import assert from "node:assert/strict";
import { type ContractHarness, testSystem, type TestFunction } from "./harness.ts";

export function powerContract(harness: ContractHarness, test: TestFunction): void {
  testSystem(harness, test, "a request to end reaches its handler", async (system) => {
    let requests = 0;
    system.hal.power.onRequest(() => requests++);
    assert.equal(requests, 0);
    system.power.requestEnd();
    assert.equal(requests, 0, "not from inside of the request");
    assert.ok(await system.until(() => requests === 1));
  });

  testSystem(harness, test, "off ends with its exit code, and loses no output", async (system) => {
    const bytes = new Uint8Array(100_000).fill(0x61);
    system.hal.console.write(1, bytes);
    system.hal.power.off(42);
    assert.ok(await system.until(() => system.power.exitCode() !== undefined));
    assert.equal(system.power.exitCode(), 42);
    assert.equal(system.console.output(1).length, bytes.length);
  });

  testSystem(
    harness,
    test,
    "the first off counts, and no handler runs after it",
    async (system) => {
      const { hal } = system;
      let calls = 0;
      hal.timer.onExpire(() => calls++);
      hal.timer.arm(0);
      hal.power.off(3);
      hal.power.off(4);
      await system.until(() => false, 20_000);
      assert.equal(system.power.exitCode(), 3);
      assert.equal(calls, 0);
    },
  );

  testSystem(harness, test, "reset ends a system that cannot start again", async (system) => {
    system.hal.power.reset();
    assert.ok(await system.until(() => system.power.exitCode() !== undefined));
    assert.equal(system.power.exitCode(), 0);
  });
}
