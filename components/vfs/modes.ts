/** Numbers of POSIX.1-2017 `<sys/stat.h>`, `<fcntl.h>` and `<unistd.h>`, with Linux's values. */

/** The bits of `st_mode` that hold the type. */
export const S_IFMT = 0o170000;
export const S_IFSOCK = 0o140000;
export const S_IFLNK = 0o120000;
export const S_IFREG = 0o100000;
export const S_IFBLK = 0o060000;
export const S_IFDIR = 0o040000;
export const S_IFCHR = 0o020000;
export const S_IFIFO = 0o010000;
/** The sticky bit: in such a directory only owners remove names (POSIX `S_ISVTX`). */
export const S_ISVTX = 0o1000;
/** The bits of `st_mode` that `chmod` sets. */
export const PERMISSION_MASK = 0o7777;

export const O_RDONLY = 0;
export const O_WRONLY = 0o1;
export const O_RDWR = 0o2;
/** The bits of the flags that hold the access mode. */
export const O_ACCMODE = 0o3;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_DIRECTORY = 0o200000;
export const O_NOFOLLOW = 0o400000;

export const F_OK = 0;
export const X_OK = 1;
export const W_OK = 2;
export const R_OK = 4;
