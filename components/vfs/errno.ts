/**
 * Error numbers of POSIX.1-2017, 2.3, with Linux's values. Operations return them negated
 * (`-ENOENT`), so that a failure is a number and success allocates nothing.
 */
export const EPERM = 1;
export const ENOENT = 2;
export const EIO = 5;
export const EBADF = 9;
export const ENOMEM = 12;
export const EACCES = 13;
export const EBUSY = 16;
export const EEXIST = 17;
export const EXDEV = 18;
export const ENOTDIR = 20;
export const EISDIR = 21;
export const EINVAL = 22;
export const EMFILE = 24;
export const EFBIG = 27;
export const ENOSPC = 28;
export const ESPIPE = 29;
export const EROFS = 30;
export const EMLINK = 31;
export const ENAMETOOLONG = 36;
export const ENOSYS = 38;
export const ENOTEMPTY = 39;
export const ELOOP = 40;
export const ENOTSUP = 95;
export const ESTALE = 116;

const NAMES: ReadonlyMap<number, string> = new Map([
  [EPERM, "EPERM"],
  [ENOENT, "ENOENT"],
  [EIO, "EIO"],
  [EBADF, "EBADF"],
  [ENOMEM, "ENOMEM"],
  [EACCES, "EACCES"],
  [EBUSY, "EBUSY"],
  [EEXIST, "EEXIST"],
  [EXDEV, "EXDEV"],
  [ENOTDIR, "ENOTDIR"],
  [EISDIR, "EISDIR"],
  [EINVAL, "EINVAL"],
  [EMFILE, "EMFILE"],
  [EFBIG, "EFBIG"],
  [ENOSPC, "ENOSPC"],
  [ESPIPE, "ESPIPE"],
  [EROFS, "EROFS"],
  [EMLINK, "EMLINK"],
  [ENAMETOOLONG, "ENAMETOOLONG"],
  [ENOSYS, "ENOSYS"],
  [ENOTEMPTY, "ENOTEMPTY"],
  [ELOOP, "ELOOP"],
  [ENOTSUP, "ENOTSUP"],
  [ESTALE, "ESTALE"],
]);

/** @returns The symbol of an error number of either sign ("ENOENT"), or the number as text. */
export function nameOf(errno: number): string {
  const number = Math.abs(errno);
  return NAMES.get(number) ?? String(number);
}
