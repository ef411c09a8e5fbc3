#ifndef LIBOS_ERRNO_H
#define LIBOS_ERRNO_H
/* Nothing that the engine calls here sets errno. */
#define EINVAL 22
#define ENOMEM 12
#endif
