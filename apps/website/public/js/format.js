/** Numbers for people. Whatever is not a number becomes a dash. */

const DASH = "–";

/** @param {unknown} value */
function isNumber(value) {
  return typeof value === "number" && Number.isFinite(value);
}

/** Three significant digits at most: 1.23, 12.3, 123. @param {number} value */
function short(value) {
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toString();
  return value.toFixed(value >= 10 ? 1 : 2);
}

/**
 * @param {unknown} value
 * @param {readonly string[]} units
 * @param {number} base
 * @returns {[text: string, unit: string]}
 */
function scaled(value, units, base) {
  if (!isNumber(value)) return [DASH, units[0]];
  let scale = 0;
  let rest = /** @type {number} */ (value);
  while (rest >= base && scale < units.length - 1) {
    rest /= base;
    scale++;
  }
  return [scale === 0 ? Math.round(rest).toString() : short(rest), units[scale]];
}

/** "1.23 MB" @param {unknown} value */
export function bytes(value) {
  return scaled(value, ["B", "kB", "MB", "GB", "TB"], 1000).join(" ");
}

/** "64 MiB" @param {unknown} value */
export function memory(value) {
  return scaled(value, ["B", "KiB", "MiB", "GiB"], 1024).join(" ");
}

/** "1.23 MB/s" @param {unknown} value */
export function rate(value) {
  return scaled(value, ["B/s", "kB/s", "MB/s", "GB/s"], 1000).join(" ");
}

/** Bits a second, number and unit apart. @param {number} bytesPerSecond */
export function bits(bytesPerSecond) {
  return scaled(bytesPerSecond * 8, ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"], 1000);
}

/** "1,234", "12.3k" @param {unknown} value */
export function count(value) {
  if (!isNumber(value)) return DASH;
  const number = /** @type {number} */ (value);
  if (number < 10 && !Number.isInteger(number)) return number.toFixed(1);
  if (number < 100_000) return Math.round(number).toLocaleString("en");
  return scaled(number, ["", "k", "M", "G"], 1000).join("");
}

/** "42 %" @param {unknown} share */
export function percent(share) {
  if (!isNumber(share)) return DASH;
  const value = /** @type {number} */ (share) * 100;
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} %`;
}

/** "1.2 ms" @param {unknown} us */
export function duration(us) {
  if (!isNumber(us) || us === 0) return DASH;
  return scaled(us, ["µs", "ms", "s"], 1000).join(" ");
}

/** "2 h 04 min" @param {unknown} us */
export function uptime(us) {
  if (!isNumber(us)) return DASH;
  const seconds = Math.floor(/** @type {number} */ (us) / 1e6);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(minutes / 60);
  const two = (/** @type {number} */ value) => String(value).padStart(2, "0");
  if (hours >= 24) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${two(minutes % 60)} min`;
  return minutes > 0 ? `${minutes} min ${two(seconds % 60)} s` : `${seconds} s`;
}
