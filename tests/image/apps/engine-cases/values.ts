/** Numbers, comparisons, elements of arrays, and conversions. */
import { attempt } from "./case.ts";
import { few } from "./functions.ts";

export function numbers(): unknown {
  const edge = [0, -0, 1, -1, 2147483647, -2147483648, 4294967295, 0.5, NaN, Infinity, 2 ** 53];
  const results: unknown[] = [];
  for (const left of edge) {
    for (const right of edge) {
      results.push(left + right, left - right, left * right, left % right);
      results.push(left << right, left >> right, left >>> right, left & right, left ^ right);
      results.push(left < right, left <= right, left > right, left >= right, left === right);
    }
    let step = left;
    results.push(step++, step, ++step, step--, --step, -left, ~left, !left);
  }
  return results;
}

export function equality(): unknown {
  const shared = {};
  const values: unknown[] = [0, "0", "", null, undefined, true, false, NaN, shared, {}, "a", 1n, 1];
  values.push(Symbol.iterator, [1], 0.5, "a".concat(""), -0);
  // The loose comparison is what is tested.
  return values.map((left) =>
    // oxlint-disable-next-line eqeqeq
    values.map((right) => Number(left === right) + 2 * Number(left == right)).join(""),
  );
}

export function arrays(): unknown {
  const holes: unknown[] = [1, 2, 3];
  delete holes[1];
  const list: unknown[] = [];
  for (let index = 0; index < 6; index++) list[index] = index;
  list[9] = "far";
  list[2] = list;
  list[2] = "again";
  const frozen = Object.freeze([1, 2]) as number[];
  const results = [holes[1], list.length, list[7], list[-1 as number], "abc"[1], "abc"[5], list[2]];
  results.push(
    attempt(() => (frozen[0] = 5)),
    frozen[0],
    list[1.5 as number],
    list["3" as never],
  );
  for (const Kind of [
    Uint8Array,
    Int8Array,
    Uint8ClampedArray,
    Uint16Array,
    Int32Array,
    Float64Array,
  ]) {
    const typed = new Kind(3);
    for (const value of [300, -1, 1.7, NaN, "12", undefined]) {
      typed[1] = value as number;
      typed[7] = 1;
      results.push(typed[1], typed[7]);
    }
  }
  const detached = new Uint8Array(4);
  detached[0] = 9;
  (detached.buffer as ArrayBuffer).transfer?.();
  detached[0] = 1;
  results.push(detached[0], detached.length, [1, 2, 3].length, "four".length, few.length);
  return results;
}

export function conversions(): unknown {
  const log: string[] = [];
  const odd = {
    valueOf: () => (log.push("valueOf"), 4),
    toString: () => (log.push("toString"), "odd"),
  };
  const results: unknown[] = [
    Number(odd) + 1,
    `${odd as never}`,
    (odd as never) + 1,
    (odd as never) < 5,
  ];
  const doubtful: unknown[] = [odd, "", "a", 0n, 1n, NaN, 0.5, -0, Symbol.iterator, null, few];
  results.push(
    doubtful.map((value) => (value ? "true" : "false")),
    doubtful.map((value) => !value),
  );
  results.push(typeof odd);
  results.push(typeof few, typeof null, typeof undefined, "a" + 1 + null, 1 + ("2" as never));
  let joined = "";
  for (let index = 0; index < 5; index++) joined += index;
  return results.concat(joined, log);
}
