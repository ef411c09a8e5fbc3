/** A failure that the user can mend: one line, and the exit code. */
export class Failure extends Error {
  override readonly name: string = "Failure";
  readonly exitCode: 1 | 2;

  /** @param exitCode 2 for a wrong call or configuration, 1 for what went wrong while running. */
  constructor(message: string, exitCode: 1 | 2) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** @returns What an error says, in one line as far as it does. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
