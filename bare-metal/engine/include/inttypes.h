#ifndef LIBOS_INTTYPES_H
#define LIBOS_INTTYPES_H
/* clang's own inttypes.h includes the system's next, which a bare target does not have. */
#include <stdint.h>
#define PRId32 "d"
#define PRIu32 "u"
#define PRIx32 "x"
#define PRId64 "ld"
#define PRIi64 "li"
#define PRIu64 "lu"
#define PRIx64 "lx"
#define PRIuPTR "lu"
#endif
