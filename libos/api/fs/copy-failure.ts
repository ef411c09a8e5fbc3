import { codedError, describedError } from "../shared/errors.ts";

/** Why a copy is refused: Node's code, the code of the system that it stands for, and its summary. */
interface Reason {
  readonly code: string;
  readonly errnoCode: string;
  readonly summary: string;
}

export const INVALID: Reason = {
  code: "ERR_FS_CP_EINVAL",
  errnoCode: "EINVAL",
  summary: "Invalid src or dest",
};
export const SAME: Reason = { ...INVALID };
export const DIRECTORY_ONTO_OTHER: Reason = {
  code: "ERR_FS_CP_DIR_TO_NON_DIR",
  errnoCode: "EISDIR",
  summary: "Cannot overwrite non-directory with directory",
};
export const OTHER_ONTO_DIRECTORY: Reason = {
  code: "ERR_FS_CP_NON_DIR_TO_DIR",
  errnoCode: "ENOTDIR",
  summary: "Cannot overwrite directory with non-directory",
};
export const EXISTS: Reason = {
  code: "ERR_FS_CP_EEXIST",
  errnoCode: "EEXIST",
  summary: "Target already exists",
};
export const IS_DIRECTORY: Reason = {
  code: "ERR_FS_EISDIR",
  errnoCode: "EISDIR",
  summary: "Path is a directory",
};
export const UNKNOWN: Reason = {
  code: "ERR_FS_CP_UNKNOWN",
  errnoCode: "EINVAL",
  summary: "Cannot copy an unknown file type",
};

/** A refused copy. Node words it in two ways: shortly in `cpSync`, and described elsewhere. */
export class CopyFailure {
  readonly #reason: Reason;
  readonly #message: string;
  readonly #path: string;

  constructor(reason: Reason, message: string, path: string) {
    this.#reason = reason;
    this.#message = message;
    this.#path = path;
  }

  /** The error of `cp`. */
  described(): Error {
    const { code, errnoCode, summary } = this.#reason;
    return describedError(code, summary, "cp", errnoCode, this.#message, this.#path);
  }

  /** The error of `cpSync`. */
  plain(): Error {
    if (this.#reason === EXISTS) return this.described();
    return codedError(this.#reason.code, this.#plainMessage());
  }

  #plainMessage(): string {
    if (this.#reason === IS_DIRECTORY) {
      return `Recursive option not enabled, cannot copy a directory: ${this.#path}`;
    }
    if (this.#reason === SAME) return `${this.#message} ${this.#path}`;
    return `C${this.#message.slice(1)}`;
  }
}
