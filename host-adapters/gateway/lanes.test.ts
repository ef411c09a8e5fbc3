import t from "tap";
import { createLanes } from "./lanes.ts";

/** Immediates that the test runs, as a host does: what one sets waits for the next pass. */
function createHost() {
  let set: (() => void)[] = [];
  const lanes = createLanes((callback) => set.push(callback));
  return {
    lanes,
    pass(): unknown[] {
      const now = set;
      set = [];
      const errors: unknown[] = [];
      for (const callback of now) {
        try {
          callback();
        } catch (error) {
          errors.push(error);
        }
      }
      return errors;
    },
    get isIdle(): boolean {
      return set.length === 0;
    },
  };
}

t.test("gateway, application and gateway again run in one immediate", async (t) => {
  const { lanes, pass } = createHost();
  const order: string[] = [];
  lanes.gateway(() => {
    order.push("gateway");
    lanes.application(() => {
      order.push("application");
      lanes.gateway(() => order.push("gateway again"));
      t.same(order, ["gateway", "application"], "nothing runs inside a job");
    });
  });
  t.same(order, [], "nothing runs inside the call");
  pass();
  t.same(order, ["gateway", "application", "gateway again"]);
});

t.test("two handlers of applications never share an immediate", async (t) => {
  const immediates: number[] = [];
  let current = 0;
  const set: (() => void)[] = [];
  const lanes = createLanes((callback) => set.push(callback));
  for (let count = 0; count < 5; count++) lanes.application(() => immediates.push(current));
  while (set.length > 0) {
    current++;
    set.shift()!();
  }
  t.same(immediates, [...new Set(immediates)]);
  t.equal(immediates.length, 5);
});

t.test("each lane keeps its order, and comes to rest", async (t) => {
  const host = createHost();
  const seen: number[] = [];
  for (let index = 0; index < 200; index++) host.lanes.gateway(() => seen.push(index));
  let passes = 0;
  while (!host.isIdle) {
    host.pass();
    passes++;
  }
  t.same(
    seen,
    Array.from({ length: 200 }, (_, index) => index),
  );
  t.ok(passes > 1, "a long queue leaves the host's own events their turn");
});

t.test("a job that throws does not lose the ones behind it", async (t) => {
  const host = createHost();
  let isRun = false;
  host.lanes.gateway(() => {
    throw new Error("planted");
  });
  host.lanes.gateway(() => (isRun = true));
  t.match(host.pass(), [{ message: "planted" }]);
  while (!host.isIdle) host.pass();
  t.ok(isRun);
});
