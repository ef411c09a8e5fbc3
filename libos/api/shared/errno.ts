/**
 * Linux error numbers (POSIX.1-2017, 2.3; values of Linux's asm-generic/errno.h) with the texts that
 * Node shows for them. The data path passes them negated: `-2` is ENOENT.
 */
import { ERRNO } from "../../kernel/errno.ts";

export { ERRNO };

const NUMBERS: Readonly<Record<string, number>> = ERRNO;

const TEXTS: Readonly<Record<string, string>> = {
  // Nothing is found that stands in no row.
  __proto__: null!,
  EPERM: "operation not permitted",
  ENOENT: "no such file or directory",
  ESRCH: "no such process",
  EINTR: "interrupted system call",
  EIO: "i/o error",
  ENXIO: "no such device or address",
  E2BIG: "argument list too long",
  ENOEXEC: "exec format error",
  EBADF: "bad file descriptor",
  EAGAIN: "resource temporarily unavailable",
  ENOMEM: "not enough memory",
  EACCES: "permission denied",
  EFAULT: "bad address in system call argument",
  EBUSY: "resource busy or locked",
  EEXIST: "file already exists",
  EXDEV: "cross-device link not permitted",
  ENODEV: "no such device",
  ENOTDIR: "not a directory",
  EISDIR: "illegal operation on a directory",
  EINVAL: "invalid argument",
  ENFILE: "file table overflow",
  EMFILE: "too many open files",
  ENOTTY: "inappropriate ioctl for device",
  ETXTBSY: "text file is busy",
  EFBIG: "file too large",
  ENOSPC: "no space left on device",
  ESPIPE: "invalid seek",
  EROFS: "read-only file system",
  EMLINK: "too many links",
  EPIPE: "broken pipe",
  ERANGE: "result too large",
  ENAMETOOLONG: "name too long",
  ENOSYS: "function not implemented",
  ENOTEMPTY: "directory not empty",
  ELOOP: "too many symbolic links encountered",
  ENODATA: "no data available",
  ENONET: "machine is not on the network",
  EPROTO: "protocol error",
  EOVERFLOW: "value too large for defined data type",
  EILSEQ: "illegal byte sequence",
  ENOTSOCK: "socket operation on non-socket",
  EDESTADDRREQ: "destination address required",
  EMSGSIZE: "message too long",
  EPROTOTYPE: "protocol wrong type for socket",
  ENOPROTOOPT: "protocol not available",
  EPROTONOSUPPORT: "protocol not supported",
  ESOCKTNOSUPPORT: "socket type not supported",
  ENOTSUP: "operation not supported on socket",
  EAFNOSUPPORT: "address family not supported",
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "address not available",
  ENETDOWN: "network is down",
  ENETUNREACH: "network is unreachable",
  ECONNABORTED: "software caused connection abort",
  ECONNRESET: "connection reset by peer",
  ENOBUFS: "no buffer space available",
  EISCONN: "socket is already connected",
  ENOTCONN: "socket is not connected",
  ESHUTDOWN: "cannot send after transport endpoint shutdown",
  ETIMEDOUT: "connection timed out",
  ECONNREFUSED: "connection refused",
  EHOSTDOWN: "host is down",
  EHOSTUNREACH: "host is unreachable",
  EALREADY: "connection already in progress",
  ECANCELED: "operation canceled",
  EAI_ADDRFAMILY: "address family not supported",
  EAI_AGAIN: "temporary failure",
  EAI_BADFLAGS: "bad ai_flags value",
  EAI_CANCELED: "request canceled",
  EAI_FAIL: "permanent failure",
  EAI_FAMILY: "ai_family not supported",
  EAI_MEMORY: "out of memory",
  EAI_NODATA: "no address",
  EAI_NONAME: "unknown node or service",
  EAI_SERVICE: "service not available for socket type",
  EAI_SOCKTYPE: "socket type not supported",
  EOF: "end of file",
};

/**
 * @param errno An error number of either sign.
 * @returns Its symbol ("ENOENT"), or "UNKNOWN".
 */
export function errnoCode(errno: number): string {
  const number = Math.abs(errno);
  // Looked for, and not kept in a table: programs wait for what is made when they start.
  for (const code in NUMBERS) if (NUMBERS[code] === number) return code;
  return "UNKNOWN";
}

/** @returns The negative number of a symbol, as in `error.errno`; -4094 (UNKNOWN) when unlisted. */
export function errnoNumber(code: string): number {
  return Object.hasOwn(NUMBERS, code) ? -NUMBERS[code]! : -4094;
}

/** @returns Node's text for a symbol: "no such file or directory"; "unknown error" when unlisted. */
export function errnoText(code: string): string {
  return TEXTS[code] ?? "unknown error";
}

/** Every listed error as `[negative number, code, text]`. */
export function listErrors(): readonly (readonly [number, code: string, text: string])[] {
  return Object.entries(NUMBERS).map(([code, number]) => [-number, code, TEXTS[code]!]);
}
