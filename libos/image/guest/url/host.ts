/** Hosts of URLs (WHATWG URL, 3.5): names, IPv4 and IPv6 addresses. */
import { percentDecode, percentEncode, SETS } from "./encode.ts";

// oxlint-disable-next-line no-control-regex
const FORBIDDEN = /[\0\t\n\r #/:<>?@[\\\]^|]/;
// oxlint-disable-next-line no-control-regex
const FORBIDDEN_IN_NAMES = /[\0-\x20#%/:<>?@[\\\]^|\x7f]/;

/** @returns The host as it is written in a URL; undefined where it is none. */
export function parseHost(text: string, isSpecial: boolean): string | undefined {
  if (text.startsWith("[")) {
    const groups = text.endsWith("]") ? parseIpv6(text.slice(1, -1)) : undefined;
    return groups && `[${formatIpv6(groups)}]`;
  }
  if (!isSpecial) return FORBIDDEN.test(text) ? undefined : percentEncode(text, SETS.opaque);
  const decoded = new TextDecoder().decode(percentDecode(text)).normalize().toLowerCase();
  const name = decoded
    .replace(/[\u3002\uff0e\uff61]/g, ".")
    .split(".")
    .map((label) => (/^[\0-\x7f]*$/.test(label) ? label : `xn--${punycode(label)}`))
    .join(".");
  if (name === "" || FORBIDDEN_IN_NAMES.test(name)) return undefined;
  const last = name.replace(/\.$/, "").split(".").at(-1)!;
  return /^(?:\d+|0x[\da-f]*)$/.test(last) ? parseIpv4(name) : name;
}

/** One to four numbers, decimal, octal or hexadecimal; the last one fills what is left. */
function parseIpv4(name: string): string | undefined {
  const parts = name.replace(/\.$/, "").split(".");
  const numbers = parts.map((part) => {
    if (/^0x[\da-f]*$/.test(part)) return part === "0x" ? 0 : Number.parseInt(part, 16);
    if (/^0[0-7]+$/.test(part)) return Number.parseInt(part, 8);
    return /^(?:0|[1-9]\d*)$/.test(part) ? Number(part) : NaN;
  });
  const last = numbers.pop()!;
  if (numbers.length > 3 || Number.isNaN(last) || numbers.some((value) => !(value <= 255))) {
    return undefined;
  }
  if (last >= 256 ** (4 - numbers.length)) return undefined;
  const address = numbers.reduce((sum, value, index) => sum + value * 256 ** (3 - index), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) & 255).join(".");
}

function parseIpv6(text: string): number[] | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === "" ? [] : parseGroups(half)));
  const [head, tail] = groups;
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  const count = head.length + (tail?.length ?? 0);
  if (halves.length === 1) return count === 8 ? head : undefined;
  return count > 7 ? undefined : [...head, ...new Array<number>(8 - count).fill(0), ...tail!];
}

function parseGroups(text: string): number[] | undefined {
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    const dotted = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(part);
    if (dotted !== null && index === parts.length - 1) {
      const bytes = dotted.slice(1).map(Number);
      const isPlain = dotted.slice(1).every((digits) => !/^0\d/.test(digits));
      if (!isPlain || bytes.some((byte) => byte > 255)) return undefined;
      groups.push(bytes[0]! * 256 + bytes[1]!, bytes[2]! * 256 + bytes[3]!);
    } else if (/^[\da-fA-F]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** The longest run of zeros, of two at least, is left out (RFC 5952). */
function formatIpv6(groups: readonly number[]): string {
  let [best, bestLength] = [-1, 1];
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (groups[at + length] === 0) length++;
    if (length > bestLength) [best, bestLength] = [at, length];
  }
  const hex = (list: readonly number[]): string =>
    list.map((group) => group.toString(16)).join(":");
  if (best < 0) return hex(groups);
  return `${hex(groups.slice(0, best))}::${hex(groups.slice(best + bestLength))}`;
}

const [BASE, T_MIN, T_MAX, SKEW, DAMP] = [36, 1, 26, 38, 700];

/** A label in Punycode (RFC 3492, 6.3). */
function punycode(label: string): string {
  const points = Array.from(label, (character) => character.codePointAt(0)!);
  const digit = (value: number): string => String.fromCharCode(value + (value < 26 ? 97 : 22));
  let out = points
    .filter((point) => point < 0x80)
    .map((point) => String.fromCharCode(point))
    .join("");
  const basic = out.length;
  let handled = basic;
  if (basic > 0) out += "-";
  let [next, delta, bias] = [0x80, 0, 72];
  while (handled < points.length) {
    const least = Math.min(...points.filter((point) => point >= next));
    delta += (least - next) * (handled + 1);
    next = least;
    for (const point of points) {
      if (point < next) delta++;
      if (point !== next) continue;
      let rest = delta;
      for (let k = BASE; ; k += BASE) {
        const threshold = Math.min(Math.max(k - bias, T_MIN), T_MAX);
        if (rest < threshold) break;
        out += digit(threshold + ((rest - threshold) % (BASE - threshold)));
        rest = Math.floor((rest - threshold) / (BASE - threshold));
      }
      out += digit(rest);
      bias = adapt(delta, handled + 1, handled === basic);
      delta = 0;
      handled++;
    }
    delta++;
    next++;
  }
  return out;
}

function adapt(delta: number, count: number, isFirst: boolean): number {
  let rest = Math.floor(delta / (isFirst ? DAMP : 2));
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) >> 1; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}
