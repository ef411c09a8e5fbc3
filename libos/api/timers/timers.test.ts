import * as nodeTimers from "node:timers";
import nodePromises from "node:timers/promises";
import { promisify } from "node:util";
import t from "tap";
import { Journal } from "../shared/testing/journal.ts";
import { createTestNetwork, type TestSystem } from "../shared/testing/test-system.ts";
import { createTimers, type TimersModule } from "./mod.ts";

type Timers = Pick<
  TimersModule,
  | "setTimeout"
  | "setInterval"
  | "setImmediate"
  | "clearTimeout"
  | "clearInterval"
  | "clearImmediate"
  | "promises"
>;

interface Script {
  readonly name: string;
  run(timers: Timers, journal: Journal): Promise<void>;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function caught(journal: Journal, actor: string, run: () => unknown): void {
  try {
    run();
    journal.note(actor, "nothing thrown");
  } catch (error) {
    journal.note(actor, error);
  }
}

const SCRIPTS: readonly Script[] = [
  {
    name: "equal delays keep their order, and values are passed on",
    async run(timers, journal) {
      for (const value of [1, 2, 3]) {
        timers.setTimeout((...got) => journal.note("log", ...got), 5, value, "x");
      }
      await wait(30);
    },
  },
  {
    name: "promise reactions run between timers that are due together",
    async run(timers, journal) {
      for (const name of ["a", "b", "c"]) {
        timers.setTimeout(() => {
          journal.note("log", "timer", name);
          void Promise.resolve().then(() => journal.note("log", "reaction", name));
        }, 5);
      }
      await wait(30);
    },
  },
  {
    name: "promise reactions run between immediates",
    async run(timers, journal) {
      for (const name of ["a", "b", "c"]) {
        timers.setImmediate((got) => {
          journal.note("log", "immediate", got);
          void Promise.resolve().then(() => journal.note("log", "reaction", name));
        }, name);
      }
      await wait(10);
    },
  },
  {
    name: "a timer that clears another one that is due with it",
    async run(timers, journal) {
      timers.setTimeout(() => {
        journal.note("log", "first");
        timers.clearTimeout(second);
      }, 5);
      const second = timers.setTimeout(() => journal.note("log", "second"), 5);
      timers.setTimeout(() => journal.note("log", "third"), 5);
      await wait(30);
    },
  },
  {
    name: "an interval ends in its own callback",
    async run(timers, journal) {
      let count = 0;
      const interval = timers.setInterval(() => {
        journal.note("log", "tick", ++count);
        if (count === 3) timers.clearInterval(interval);
      }, 2);
      await wait(40);
    },
  },
  {
    name: "refresh begins anew, also after the callback",
    async run(timers, journal) {
      let count = 0;
      const timer = timers.setTimeout(() => {
        journal.note("log", "called", ++count);
        if (count === 1) timer.refresh();
      }, 20);
      await wait(12);
      timer.refresh();
      await wait(12);
      journal.note("log", "not yet", count);
      await wait(60);
      journal.note("log", count);
    },
  },
  {
    name: "numbers and texts clear timers",
    async run(timers, journal) {
      const first = timers.setTimeout(() => journal.note("log", "first"), 5);
      const second = timers.setTimeout(() => journal.note("log", "second"), 5);
      const third = timers.setTimeout(() => journal.note("log", "third"), 5);
      timers.clearTimeout(+first);
      timers.clearTimeout(`${+second}`);
      timers.clearTimeout(undefined);
      timers.clearTimeout(123_456_789);
      journal.note("log", +third === +third, first.hasRef(), third.unref().hasRef());
      third.ref();
      await wait(30);
    },
  },
  {
    name: "odd delays count as one millisecond",
    async run(timers, journal) {
      const delays = [-5, Number.NaN, "x" as never, undefined, 0.5];
      delays.forEach((delay, index) => {
        timers.setTimeout(() => journal.note("log", index), delay);
      });
      await wait(20);
    },
  },
  {
    name: "an immediate is cleared",
    async run(timers, journal) {
      const immediate = timers.setImmediate(() => journal.note("log", "never"));
      timers.clearImmediate(immediate);
      journal.note("log", timers.setImmediate(() => journal.note("log", "ran")).hasRef());
      await wait(5);
    },
  },
  {
    name: "what is no function is refused",
    async run(timers, journal) {
      for (const name of ["setTimeout", "setInterval", "setImmediate"] as const) {
        caught(journal, name, () => timers[name]("x" as never));
      }
    },
  },
  {
    name: "promises",
    async run(timers, journal) {
      const { promises } = timers;
      journal.note("log", await promises.setTimeout(2, "value"));
      journal.note("log", await promises.setImmediate("value"));
      const controller = new AbortController();
      const aborted = promises.setTimeout(1000, "never", { signal: controller.signal });
      controller.abort("why");
      await aborted.catch((error: unknown) => journal.note("log", error));
      await promises
        .setImmediate("never", { signal: controller.signal })
        .catch((error: unknown) => journal.note("log", error));
      await promises.setTimeout("x" as never).catch((error: unknown) => journal.note("log", error));
      await promises
        .setTimeout(1, 1, { ref: 1 as never })
        .catch((error: unknown) => journal.note("log", error));
      let count = 0;
      for await (const value of promises.setInterval(2, "tick")) {
        journal.note("log", value, ++count);
        if (count === 3) break;
      }
      await promises.scheduler.wait(2);
      await promises.scheduler.yield();
      journal.note(
        "log",
        await promisify(timers.setTimeout as unknown as typeof setTimeout)(1, "promisified"),
      );
    },
  },
];

function system(t: { teardown(handler: () => void): unknown }): TestSystem {
  const network = createTestNetwork();
  t.teardown(() => network.close());
  return network.system("10.0.0.1");
}

for (const { name, run } of SCRIPTS) {
  t.test(`as in Node: ${name}`, async (t) => {
    const expected = new Journal();
    const node = { ...nodeTimers, promises: nodePromises } as unknown as Timers;
    await run(node, expected);
    const actual = new Journal();
    await run(createTimers(system(t).context), actual);
    t.same(actual.toJSON(), expected.toJSON());
  });
}

t.test("pending timers hold the system, unless they are unreferenced", async (t) => {
  const own = system(t);
  const timers = createTimers(own.context);
  const timeout = timers.setTimeout(() => {}, 5);
  const interval = timers.setInterval(() => {}, 1000);
  timers.setImmediate(() => {});
  t.equal(own.holds, 3);
  interval.unref();
  t.equal(own.holds, 2);
  interval.ref();
  timers.clearInterval(interval);
  t.equal(own.holds, 2);
  await wait(20);
  t.equal(own.holds, 0);
  timeout.refresh();
  t.equal(own.holds, 1, "a timer that was refreshed is pending again");
  timeout.close();
  t.equal(own.holds, 0);
});

t.test("an error in one timer does not lose the next", async (t) => {
  const own = system(t);
  const timers = createTimers(own.context);
  let isCalled = false;
  timers.setTimeout(() => {
    throw new Error("of the application");
  }, 5);
  timers.setTimeout(() => {
    isCalled = true;
  }, 5);
  const error = await new Promise<Error>((resolve) => {
    process.once("uncaughtException", resolve);
  });
  t.equal(error.message, "of the application");
  await wait(10);
  t.equal(isCalled, true);
});
