import t from "tap";
import { createEntropy } from "./entropy.ts";
import type { NativeMachine } from "./native.ts";

/** The kernel's generator, which says what was mixed in. */
function play(): { readonly native: NativeMachine; readonly added: string[] } {
  const added: string[] = [];
  const native = {
    entropy: {
      available: () => added.length > 0,
      fill: (target: Uint8Array) => target.fill(9),
      add: (bytes: Uint8Array) => void added.push(`${bytes.length} of ${bytes[0]}`),
    },
  } as unknown as NativeMachine;
  return { native, added };
}

t.test("sources are mixed in at the start and from time to time", async (t) => {
  const { native, added } = play();
  const sources = [1, 2].map((value) => ({
    available: true,
    fill: (target: Uint8Array) => void target.fill(value),
  }));
  const entropy = createEntropy(native, sources);
  t.equal(entropy.available, true);
  t.same(added, ["64 of 1", "64 of 2"]);
  const target = new Uint8Array(4);
  for (let draw = 0; draw < 256; draw++) entropy.fill(target);
  t.same([...target], [9, 9, 9, 9]);
  t.equal(added.length, 4);
});

t.test("a source that gives up is passed over", async (t) => {
  const { native, added } = play();
  let isBroken = false;
  const source = {
    get available(): boolean {
      return !isBroken;
    },
    fill(): void {
      isBroken = true;
      throw new Error("no entropy");
    },
  };
  const entropy = createEntropy(native, [source]);
  t.equal(entropy.available, false);
  t.same(added, []);
});
