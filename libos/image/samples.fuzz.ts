/** Inputs for packers: of every kind that an image holds, and the corners. */

/** Numbers below 256, the same each time. */
function randomBytes(length: number, seed: number): Uint8Array {
  let value = seed;
  return Uint8Array.from({ length }, () => {
    value = (Math.imul(value, 1_664_525) + 1_013_904_223) >>> 0;
    return value >>> 24;
  });
}

/** @returns Names and bytes. */
export function samples(): readonly (readonly [name: string, bytes: Uint8Array])[] {
  const noise = randomBytes(5000, 1);
  const text = new TextEncoder().encode("const answer = values.map((value) => value * 42);\n");
  const mixed = new Uint8Array(60_000);
  for (let at = 0; at < mixed.length; at += 100) mixed.set(noise.subarray(0, at % 97), at);
  return [
    ["nothing", new Uint8Array(0)],
    ["one byte", Uint8Array.of(7)],
    ["three bytes", Uint8Array.of(1, 2, 3)],
    ["zeros", new Uint8Array(70_000)],
    ["noise", noise],
    ["noise, then its copy", new Uint8Array([...noise, ...noise])],
    ["text", new Uint8Array(Array.from({ length: 200 }, () => [...text]).flat())],
    ["few values", randomBytes(20_000, 3).map((byte) => byte & 3)],
    ["records", mixed],
  ];
}
