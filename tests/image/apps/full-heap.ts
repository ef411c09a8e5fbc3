/** Fills the heap in each scope (`Hal.heapState`), and says when it was told. */
import { HEAP_SCOPE } from "../../../libos/kernel/mod.ts";
import { openImage } from "./image.ts";

const { hal, print } = openImage();
const heapState = hal.heapState!;
const { heap } = machine;
interface Link {
  readonly next: Link | undefined;
}
let links: Link | undefined;
let isFull = 0;

/** In pieces, so that no single one is too large for the reserve. */
function fill(scope: number): string {
  heapState[0] = scope;
  isFull = 0;
  try {
    for (;;) {
      links = { next: links };
      if (isFull === 0 && heapState[1] === 1) isFull = heap.usedBytes();
    }
  } catch (error) {
    heapState[0] = HEAP_SCOPE.SYSTEM;
    return String(error);
  } finally {
    heapState[0] = HEAP_SCOPE.APPLICATION;
  }
}

const told: Record<string, number> = {};
for (const name of ["PEER", "APPLICATION"] as const) {
  const error = fill(HEAP_SCOPE[name]);
  told[name] = heap.usedBytes();
  print(`${name}: ${error}, noted before: ${isFull > 0 && isFull < told[name]!}`);
  links = undefined;
  await new Promise<void>((resolve) => {
    hal.timer.onExpire(resolve);
    hal.timer.arm(hal.clock.nowUs() + 1000);
  });
  print(`${name}: full afterwards: ${heapState[1]}`);
}
print(`a peer's work is told earlier: ${told["PEER"]! < told["APPLICATION"]!}`);
print(fill(HEAP_SCOPE.SYSTEM));
