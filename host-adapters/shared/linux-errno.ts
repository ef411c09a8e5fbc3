/**
 * The contract speaks Linux's error numbers on every host, so of a host's error its own number is not
 * used but the name in `error.code`.
 */
import { ERRNO } from "../../libos/kernel/errno.ts";

export { ERRNO };

/** What a host's file system has besides. */
const HOST_ERRNO: Readonly<Record<string, number>> = { ...ERRNO, EOPNOTSUPP: 95, EDQUOT: 122 };

/** @returns `-errno` for an error that the host threw; EIO for one without a name that we know. */
export function negativeErrno(error: unknown): number {
  const code = (error as { code?: unknown } | null)?.code;
  return -((typeof code === "string" ? HOST_ERRNO[code] : undefined) ?? ERRNO.EIO);
}
