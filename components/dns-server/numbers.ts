/** Numbers of a zone file. */

const UNITS_S: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };
/** RFC 2181, 8: a time has 31 bits. */
const MAX_TIME_S = 0x7fff_ffff;
const [DIGIT_0, DIGIT_9] = [48, 57];

/** @returns A decimal number of at most `max`, or undefined for anything else. */
export function parseNumber(text: string, max: number): number | undefined {
  if (text === "" || text.length > 10) return undefined;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < DIGIT_0 || code > DIGIT_9) return undefined;
  }
  const value = Number(text);
  return value <= max ? value : undefined;
}

/** @returns Seconds of `3600`, `1h` or `1d12h`, up to 2^31 - 1, or undefined for anything else. */
export function parseTime(text: string): number | undefined {
  const first = text.charCodeAt(0);
  if (!(first >= DIGIT_0 && first <= DIGIT_9)) return undefined;
  let sum = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = UNITS_S[text[at]!.toLowerCase()];
    if (unit === undefined) continue;
    const value = parseNumber(text.slice(from, at), MAX_TIME_S);
    if (value === undefined) return undefined;
    sum += value * unit;
    from = at + 1;
  }
  if (from < text.length) {
    const rest = parseNumber(text.slice(from), MAX_TIME_S);
    // "1h30": is it minutes or seconds?
    if (rest === undefined || from > 0) return undefined;
    sum = rest;
  }
  return sum <= MAX_TIME_S ? sum : undefined;
}
