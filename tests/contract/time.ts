/** `Clock` and `Timer` (libos/hal/time.ts). */
import assert from "node:assert/strict";
import {
  type ContractHarness,
  type SystemUnderTest,
  testSystem,
  type TestFunction,
} from "./harness.ts";

/** Counts the calls of the alarm and notes when they came. */
function watchTimer(system: SystemUnderTest): number[] {
  const firedUs: number[] = [];
  system.hal.timer.onExpire(() => firedUs.push(system.hal.clock.nowUs()));
  return firedUs;
}

export function timeContract(harness: ContractHarness, test: TestFunction): void {
  testSystem(harness, test, "the clock counts whole microseconds since boot", async ({ hal }) => {
    let lastUs = hal.clock.nowUs();
    assert.ok(lastUs >= 0 && lastUs < 60e6, `booted ${lastUs} µs ago`);
    for (let count = 0; count < 10_000; count++) {
      const nowUs = hal.clock.nowUs();
      if (!Number.isInteger(nowUs) || nowUs < lastUs) assert.fail(`${lastUs}, then ${nowUs}`);
      lastUs = nowUs;
    }
  });

  testSystem(harness, test, "the wall clock counts microseconds since 1970", async ({ hal }) => {
    const wallUs = hal.clock.wallUs();
    assert.ok(Number.isInteger(wallUs));
    assert.ok(wallUs > Date.UTC(2020, 0, 1) * 1000 && wallUs < Date.UTC(2200, 0, 1) * 1000);
  });

  testSystem(harness, test, "both clocks advance alike", async (system) => {
    const { clock } = system.hal;
    watchTimer(system);
    let differenceUs = Infinity;
    // Whoever interrupts us between two readings spoils one attempt, not all.
    for (let attempt = 0; attempt < 10 && Math.abs(differenceUs) > 5000; attempt++) {
      const [startUs, wallStartUs] = [clock.nowUs(), clock.wallUs()];
      system.hal.timer.arm(startUs + 30_000);
      await system.until(() => clock.nowUs() >= startUs + 30_000);
      differenceUs = clock.wallUs() - wallStartUs - (clock.nowUs() - startUs);
    }
    assert.ok(Math.abs(differenceUs) <= 5000, `${differenceUs} µs apart`);
  });

  testSystem(harness, test, "an alarm fires once, and never early", async (system) => {
    const { clock, timer } = system.hal;
    for (const delayUs of [1, 200.5, 999, 1000, 1001, 2500.25, 7300]) {
      const firedUs = watchTimer(system);
      const deadlineUs = clock.nowUs() + delayUs;
      timer.arm(deadlineUs);
      assert.ok(await system.until(() => firedUs.length > 0), `after ${delayUs} µs`);
      assert.ok(firedUs[0]! >= deadlineUs, `${deadlineUs - firedUs[0]!} µs early`);
      await system.until(() => false, 5000);
      assert.equal(firedUs.length, 1, "once");
    }
  });

  testSystem(harness, test, "arm replaces the deadline, earlier and later", async (system) => {
    const { clock, timer } = system.hal;
    const firedUs = watchTimer(system);
    const startUs = clock.nowUs();
    timer.arm(startUs + 600e6);
    timer.arm(startUs + 4000);
    assert.ok(await system.until(() => firedUs.length > 0), "moved earlier");
    const nextUs = clock.nowUs();
    timer.arm(nextUs + 3000);
    timer.arm(nextUs + 15_000);
    assert.ok(await system.until(() => firedUs.length > 1));
    assert.ok(firedUs[1]! >= nextUs + 15_000, "moved later");
    await system.until(() => false, 20_000);
    assert.equal(firedUs.length, 2, "the deadlines that were replaced are forgotten");
  });

  testSystem(harness, test, "disarm forgets the deadline until the next arm", async (system) => {
    const { clock, timer } = system.hal;
    const firedUs = watchTimer(system);
    timer.arm(clock.nowUs() + 3000);
    timer.disarm();
    timer.arm(0);
    timer.disarm();
    timer.disarm();
    await system.until(() => false, 20_000);
    assert.equal(firedUs.length, 0);
    timer.arm(clock.nowUs() + 2000);
    assert.ok(await system.until(() => firedUs.length === 1), "armed again");
  });

  testSystem(harness, test, "a deadline in the past is due at once", async (system) => {
    const { clock, timer } = system.hal;
    const firedUs = watchTimer(system);
    for (const deadlineUs of [clock.nowUs() - 1, 0, -7.5, -1e12]) {
      const before = firedUs.length;
      timer.arm(deadlineUs);
      assert.equal(firedUs.length, before, "not from inside arm");
      assert.ok(await system.until(() => firedUs.length === before + 1));
    }
  });

  testSystem(harness, test, "an alarm may be armed by its own handler", async (system) => {
    const { clock, timer } = system.hal;
    let count = 0;
    timer.onExpire(() => {
      count++;
      if (count < 20) timer.arm(count % 2 === 0 ? 0 : clock.nowUs() + 300);
    });
    timer.arm(0);
    assert.ok(await system.until(() => count === 20));
    await system.until(() => false, 5000);
    assert.equal(count, 20);
  });

  testSystem(harness, test, "a deadline years ahead does not fire now", async (system) => {
    const firedUs = watchTimer(system);
    system.hal.timer.arm(system.hal.clock.nowUs() + 3 * 365 * 86_400e6);
    await system.until(() => false, 20_000);
    assert.equal(firedUs.length, 0);
    system.hal.timer.disarm();
  });

  testSystem(harness, test, "the last handler that was set is the one", async (system) => {
    const { timer } = system.hal;
    let old = 0;
    let current = 0;
    timer.onExpire(() => old++);
    timer.arm(0);
    timer.onExpire(() => current++);
    assert.ok(await system.until(() => current === 1));
    assert.equal(old, 0);
  });
}
