/**
 * Error numbers as Linux has them on every architecture that we know (asm-generic/errno-base.h and
 * errno.h). The contract speaks these numbers on every host, so a host's own number is not used but
 * the name in `error.code`.
 */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EIO: 5,
  ENXIO: 6,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  EXDEV: 18,
  ENODEV: 19,
  ENOTDIR: 20,
  EISDIR: 21,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  EROFS: 30,
  EMLINK: 31,
  ENAMETOOLONG: 36,
  ENOSYS: 38,
  ENOTEMPTY: 39,
  ELOOP: 40,
  EOVERFLOW: 75,
  EOPNOTSUPP: 95,
  ENOTSUP: 95,
  EDQUOT: 122,
} as const;

/** @returns `-errno` for an error that the host threw; EIO for one without a name that we know. */
export function negativeErrno(error: unknown): number {
  const code = (error as { code?: unknown } | null)?.code;
  const known: Readonly<Record<string, number>> = ERRNO;
  return -((typeof code === "string" ? known[code] : undefined) ?? ERRNO.EIO);
}
