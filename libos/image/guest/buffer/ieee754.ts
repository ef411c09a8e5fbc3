/** Floating point for npm's `buffer`, in place of ieee754, which computes what the engine has. */

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * @param _mantissaBits 23 or 52, as the width says.
 * @param width 4 or 8 bytes.
 */
export function read(
  bytes: Uint8Array,
  offset: number,
  isLittle: boolean,
  _mantissaBits: number,
  width: number,
): number {
  const view = viewOf(bytes);
  return width === 4 ? view.getFloat32(offset, isLittle) : view.getFloat64(offset, isLittle);
}

export function write(
  bytes: Uint8Array,
  value: number,
  offset: number,
  isLittle: boolean,
  _mantissaBits: number,
  width: number,
): void {
  const view = viewOf(bytes);
  if (width === 4) view.setFloat32(offset, value, isLittle);
  else view.setFloat64(offset, value, isLittle);
}

const part: object = { read, write };
export default part;
