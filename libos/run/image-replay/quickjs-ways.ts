/**
 * What QuickJS-ng does otherwise than V8, within what the standard leaves to an engine: texts of
 * functions (ECMA-262 20.2.3.5), of dates (21.4.4), of numbers in other bases (21.1.3.6), and
 * everything that ECMA-402 would decide. `tests/image/record.test.ts` holds the two against each other.
 */

/** The globals of the realm that is changed. */
export interface RealmGlobals {
  readonly Function: FunctionConstructor;
  readonly Number: NumberConstructor;
  readonly BigInt: BigIntConstructor;
  readonly String: StringConstructor;
  readonly Date: DateConstructor;
  readonly Error: ErrorConstructor;
  readonly TypeError: TypeErrorConstructor;
}

/** Gives the realm of `globals` the ways of QuickJS-ng. */
export function installQuickJsWays(globals: RealmGlobals): void {
  installTexts(globals);
  installDates(globals);
  // Node has these where a realm of the language alone has not, and so has QuickJS-ng.
  const { InternalError } = {
    InternalError: class InternalError extends globals.Error {
      override readonly name = "InternalError";
    },
  };
  for (const [name, value] of Object.entries({ InternalError, DOMException, atob, btoa })) {
    define(globals, name, value);
  }
}

function define(owner: object, name: string, value: unknown): void {
  Object.defineProperty(owner, name, { value, writable: true, configurable: true });
}

function installTexts({ Function, Number, BigInt, String, TypeError }: RealmGlobals): void {
  define(Function.prototype, "toString", function toString(this: unknown): string {
    if (typeof this !== "function") throw new TypeError("not a function");
    return `function ${this.name}() {\n    [native code]\n}`;
  });
  const inDecimals = function toLocaleString(this: number | bigint): string {
    return this.toString();
  };
  define(Number.prototype, "toLocaleString", inDecimals);
  define(BigInt.prototype, "toLocaleString", inDecimals);
  define(String.prototype, "localeCompare", function localeCompare(this: string, other: string) {
    return compareCodePoints(`${this}`.normalize(), `${other}`.normalize());
  });
  const decimals = Number.prototype.toString;
  define(Number.prototype, "toString", function toString(this: number, radix?: number): string {
    const value = Number.prototype.valueOf.call(this);
    const isExact = radix === undefined || 2 ** Math.round(Math.log2(radix)) === radix;
    if (isExact || radix === 10 || !(radix >= 2 && radix <= 36)) return decimals.call(value, radix);
    return inBase(value, radix, (digits) => digits.toString(radix)) ?? decimals.call(value, radix);
  });
}

function compareCodePoints(left: string, right: string): number {
  const [one, two] = [Array.from(left), Array.from(right)];
  for (let at = 0; at < one.length && at < two.length; at++) {
    const difference = one[at]!.codePointAt(0)! - two[at]!.codePointAt(0)!;
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return Math.sign(one.length - two.length);
}

/** An integer over a positive one. */
type Ratio = readonly [bigint, bigint];

/** A positive double as `mantissa * 2 ** exponent`. */
function takeApart(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const raw = bits.getBigUint64(0);
  const biased = Number(raw >> 52n);
  const fraction = raw & 0xfffffffffffffn;
  if (biased === 0) return { mantissa: fraction, exponent: -1074 };
  return { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

/**
 * The fewest digits, rounded to the nearest (a tie to even), that read back as the same number; V8 stops by another
 * rule, with other last digits.
 *
 * @param write Writes an integer in that base.
 * @returns Undefined for what has no digits after the point to differ in.
 */
function inBase(
  value: number,
  radix: number,
  write: (digits: bigint) => string,
): string | undefined {
  if (!Number.isFinite(value) || Number.isSafeInteger(value)) return undefined;
  const base = BigInt(radix);
  const { mantissa, exponent } = takeApart(Math.abs(value));
  const scale = (twos: number): Ratio =>
    twos >= 0 ? [1n << BigInt(twos), 1n] : [1n, 1n << BigInt(-twos)];
  // The number, and what is halfway to its neighbours, over one denominator.
  const [up, down] = scale(exponent - 2);
  const exact = mantissa * 4n * up;
  const high = exact + 2n * up;
  const low = exact - (mantissa === 1n << 52n ? 1n : 2n) * up;
  const isEven = mantissa % 2n === 0n;
  let places = 0;
  while (exact >= down * base ** BigInt(places)) places++;
  while (places <= 0 && exact * base ** BigInt(1 - places) < down) places--;
  for (let count = 1; ; count++) {
    const shift = count - places;
    const [grow, shrink] = shift >= 0 ? [base ** BigInt(shift), 1n] : [1n, base ** BigInt(-shift)];
    const unit = down * shrink;
    const twice = 2n * exact * grow + unit;
    const rounded = twice / (2n * unit);
    const isTie = twice % (2n * unit) === 0n;
    const digits = isTie && rounded % 2n === 1n ? rounded - 1n : rounded;
    const read = digits * unit;
    const isInside = read > low * grow && read < high * grow;
    const isEdge = isEven && (read === low * grow || read === high * grow);
    if (isInside || isEdge) return place(value < 0, write(digits), shift);
  }
}

/** Puts the point `after` digits from the end. */
function place(isNegative: boolean, digits: string, after: number): string {
  const sign = isNegative ? "-" : "";
  if (after <= 0) return `${sign}${digits}${"0".repeat(-after)}`;
  const padded = digits.padStart(after + 1, "0");
  const fraction = padded.slice(-after).replace(/0+$/, "");
  return `${sign}${padded.slice(0, -after)}${fraction === "" ? "" : `.${fraction}`}`;
}

function installDates({ Date }: RealmGlobals): void {
  const { toString, toTimeString } = Date.prototype;
  const withoutZone = (text: string): string => text.replace(/ \([^)]*\)$/, "");
  define(Date.prototype, "toString", function (this: Date): string {
    return withoutZone(toString.call(this));
  });
  define(Date.prototype, "toTimeString", function (this: Date): string {
    return withoutZone(toTimeString.call(this));
  });
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = (time: Date): string =>
    `${two(time.getMonth() + 1)}/${two(time.getDate())}/${String(time.getFullYear()).padStart(4, "0")}`;
  const clock = (time: Date): string => {
    const hours = time.getHours();
    const half = hours < 12 ? "AM" : "PM";
    return `${two(hours % 12 || 12)}:${two(time.getMinutes())}:${two(time.getSeconds())} ${half}`;
  };
  const unlessInvalid = (format: (time: Date) => string) =>
    function (this: Date): string {
      return Number.isNaN(this.getTime()) ? "Invalid Date" : format(this);
    };
  define(Date.prototype, "toLocaleDateString", unlessInvalid(day));
  define(Date.prototype, "toLocaleTimeString", unlessInvalid(clock));
  define(
    Date.prototype,
    "toLocaleString",
    unlessInvalid((time) => `${day(time)}, ${clock(time)}`),
  );
}
