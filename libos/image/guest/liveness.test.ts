/** When an image ends by itself. */
import t from "tap";
import type { Timer } from "../../hal/mod.ts";
import { Liveness } from "./liveness.ts";

/** A liveness over a queue of jobs; `heard` is called for each announcement, where it is given. */
function setup(heard?: () => void) {
  const jobs: (() => void)[] = [];
  const said: string[] = [];
  let expire = (): void => {};
  const liveness = new Liveness(
    (job) => void jobs.push(job),
    { nowUs: () => 100, wallUs: () => 0 },
    {
      beforeEnd(): boolean {
        said.push("before");
        heard?.();
        return heard !== undefined;
      },
      end: (isLoaded) => void said.push(isLoaded ? "end" : "end while loading"),
    },
  );
  const timer: Timer = liveness.watch({
    arm: () => {},
    disarm: () => {},
    onExpire: (handler) => {
      expire = handler;
    },
  });
  timer.onExpire(() => {});
  const run = (): string => {
    for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) job();
    return said.splice(0).join();
  };
  return { liveness, timer, run, expire: () => expire() };
}

t.test("an image ends when nothing is held and no turn is due", async (t) => {
  const { liveness, timer, run, expire } = setup();
  liveness.hold();
  liveness.watchLoading();
  liveness.begin();
  t.equal(run(), "");
  timer.arm(0);
  liveness.release();
  t.equal(run(), "");
  expire();
  t.equal(run(), "before,end");
});

t.test("an application that waits for a timer while it is loaded goes on", async (t) => {
  const { liveness, run } = setup();
  liveness.watchLoading();
  liveness.hold();
  t.equal(run(), "");
  liveness.begin();
  liveness.release();
  t.equal(run(), "before,end");
});

t.test("an application that waits while nothing is held has come to its end", async (t) => {
  const { liveness, run } = setup();
  liveness.watchLoading();
  t.equal(run(), "before,end while loading");
});

t.test("where events come that nothing is held for, loading takes its time", async (t) => {
  const { liveness, run } = setup();
  liveness.hold();
  liveness.release();
  t.equal(run(), "");
  liveness.begin();
  t.equal(run(), "before,end");
});

t.test("who hears of the end finds something to do, and hears of the next end", async (t) => {
  let count = 0;
  const { liveness, run } = setup(() => {
    if (count++ === 0) liveness.hold();
  });
  liveness.begin();
  t.equal(run(), "before");
  liveness.release();
  t.equal(run(), "before,end");
});

t.test("work that is done before anybody looks again is work", async (t) => {
  let count = 0;
  const { liveness, run } = setup(() => {
    if (count++ > 0) return;
    liveness.hold();
    liveness.release();
  });
  liveness.begin();
  t.equal(run(), "before,before,end");
});
