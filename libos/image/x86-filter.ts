/**
 * Makes machine code pack better: the targets of calls and jumps (E8, E9, 0F 8x with 32 bits) become
 * absolute, and their three lower bytes are reversed, so that calls of the same function look the same.
 * `bare-metal/loader/src/x86_filter.rs` undoes it when an image starts.
 *
 * A target is changed where its most significant byte is 0 or 255, and is counted in 25 bits with sign:
 * so that byte stays one of the two, and tells what was changed.
 */

const TARGET_BYTES = 4;
const SIGN: number = 1 << 24;

/** @returns Where the next target begins; -1: there is none. Bytes before `from` belong to the last one. */
function nextTarget(code: Uint8Array, from: number): number {
  for (let at = from; at + 1 + TARGET_BYTES <= code.length; at++) {
    const byte = code[at]!;
    if ((byte & 0xfe) === 0xe8) return at + 1;
    if ((byte & 0xf0) === 0x80 && at > from && code[at - 1] === 0x0f) return at + 1;
  }
  return -1;
}

/** Lets `move` change each target that is near enough; `next` is what it is relative to. */
function change(code: Uint8Array, move: (target: Uint8Array, next: number) => void): void {
  let at = nextTarget(code, 0);
  while (at !== -1) {
    const top = code[at + 3]!;
    const next = at + TARGET_BYTES;
    if (top === 0 || top === 255) move(code.subarray(at, next), next);
    // Also what stays is passed over: no byte may belong to two targets.
    at = nextTarget(code, next);
  }
}

function addTo(target: Uint8Array, value: number): void {
  const view = new DataView(target.buffer, target.byteOffset, TARGET_BYTES);
  const sum = view.getInt32(0, true) + value;
  // 25 bits with sign.
  view.setInt32(0, ((sum & (2 * SIGN - 1)) ^ SIGN) - SIGN, true);
}

/** Changes code in place. */
export function filterX86(code: Uint8Array): void {
  change(code, (target, next) => {
    addTo(target, next);
    target.subarray(0, 3).reverse();
  });
}

/** Undoes `filterX86`, in place. */
export function unfilterX86(code: Uint8Array): void {
  change(code, (target, next) => {
    target.subarray(0, 3).reverse();
    addTo(target, -next);
  });
}
