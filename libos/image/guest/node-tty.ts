/** `node:tty` in an image: the console is no terminal. */
export function isatty(): boolean {
  return false;
}

/** The module itself. */
const tty: Readonly<Record<string, unknown>> = { isatty };
export default tty;
