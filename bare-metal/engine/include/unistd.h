#ifndef LIBOS_UNISTD_H
#define LIBOS_UNISTD_H
#include <stddef.h>
typedef long ssize_t;
#endif
