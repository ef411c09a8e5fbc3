/** `Hal.close` (libos/hal/hal.ts). */
import assert from "node:assert/strict";
import { sendBytes } from "./frames.ts";
import { type ContractHarness, testSystem, type TestFunction } from "./harness.ts";

export function closeContract(harness: ContractHarness, test: TestFunction): void {
  testSystem(harness, test, "after close no handler is called", async (system) => {
    const { hal, net, disk } = system;
    let calls = 0;
    const count = (): number => calls++;
    hal.timer.onExpire(count);
    hal.console.onReady(count);
    hal.power.onRequest(count);
    net?.near.device.onReady(count);
    disk?.device.onReady(count);
    hal.timer.arm(0);
    system.console.type(Uint8Array.of(10));
    if (net !== undefined) sendBytes(net.far, Uint8Array.of(1));
    disk?.device.submit("flush", 0, 0, 0, 1);
    hal.close();
    if (net !== undefined) sendBytes(net.far, Uint8Array.of(2));
    hal.timer.arm(hal.clock.nowUs() + 1000);
    await system.until(() => false, 30_000);
    assert.equal(calls, 0);
  });

  testSystem(harness, test, "close may be called again", async (system) => {
    system.hal.close();
    system.hal.close();
  });

  testSystem(harness, test, "what a device has accepted is still delivered", async (system) => {
    const { hal, net, disk } = system;
    let frames = 0;
    if (net !== undefined) {
      net.far.device.onReady(() => (frames += net.far.device.receive(() => {}, 10)));
      sendBytes(net.near, Uint8Array.of(1));
    }
    disk?.device.submit("write", 0, 1, hal.memory.regionOffset, 1);
    hal.close();
    if (net !== undefined) assert.ok(await system.until(() => frames === 1), "a frame");
  });

  testSystem(
    harness,
    test,
    "a closed system's memory and clock may still be read",
    async (system) => {
      const { hal } = system;
      const beforeUs = hal.clock.nowUs();
      hal.close();
      assert.ok(hal.clock.nowUs() >= beforeUs);
      assert.equal(typeof hal.memory.bytes[hal.memory.regionOffset], "number");
    },
  );
}
