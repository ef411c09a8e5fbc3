/** Paths of POSIX.1-2017, 4.13: components between slashes, in bytes of UTF-8. */

/** The longest path in bytes, without its NUL (POSIX PATH_MAX is 4096). */
export const PATH_BYTES_MAX = 4095;
/** How many symbolic links one walk may follow (Linux; POSIX SYMLOOP_MAX is at least 8). */
export const SYMLINK_MAX = 40;

/** @returns True when the string takes more than `limit` bytes of UTF-8. */
export function exceedsBytes(text: string, limit: number): boolean {
  if (text.length > limit) return true;
  // A UTF-16 unit takes 3 bytes at the most, so short strings need no count.
  if (text.length * 3 <= limit) return false;
  return utf8Length(text) > limit;
}

/** @returns The length in bytes of UTF-8; an unpaired surrogate counts as U+FFFD. */
export function utf8Length(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800) bytes += 2;
    else if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(i + 1))) {
      bytes += 4;
      i++;
    } else bytes += 3;
  }
  return bytes;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}

/** @returns `directory` and `name` joined by one slash. */
export function joinPath(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

/** @returns True for the root's name "", and for the two names that no operation adds or removes. */
export function isDots(name: string): boolean {
  return name === "" || name === "." || name === "..";
}
