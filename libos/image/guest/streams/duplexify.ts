/** `Duplex.from`, where nothing in the application imports `stream`. */

/** @throws Error that says what to do. */
export default function duplexify(): never {
  const error = new Error('this image has no Duplex.from: import "node:stream" to have it');
  throw Object.assign(error, { code: "ERR_LIBOS_UNAVAILABLE" });
}
