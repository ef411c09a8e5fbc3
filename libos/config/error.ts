/** A configuration that can't be used: one line that says what is wrong, where, and what to do. */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";
}
