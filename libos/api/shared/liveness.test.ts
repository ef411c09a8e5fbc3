import t from "tap";
import { Liveness } from "./liveness.ts";

t.test("an object holds the system while it is active and referenced, once", (t) => {
  let holds = 0;
  const liveness = new Liveness({ hold: () => void holds++, release: () => void holds-- });
  const steps: [() => void, number][] = [
    [() => liveness.setActive(true), 1],
    [() => liveness.setActive(true), 1],
    [() => liveness.setReferenced(false), 0],
    [() => liveness.setReferenced(false), 0],
    [() => liveness.setActive(false), 0],
    [() => liveness.setReferenced(true), 0],
    [() => liveness.setActive(true), 1],
    [() => liveness.setActive(false), 0],
  ];
  for (const [step, expected] of steps) {
    step();
    t.equal(holds, expected);
  }
  t.end();
});

t.test("a system that counts nothing is no obstacle", (t) => {
  const liveness = new Liveness({});
  liveness.setActive(true);
  liveness.setReferenced(false);
  t.equal(liveness.referenced, false);
  t.end();
});
