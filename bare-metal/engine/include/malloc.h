#ifndef LIBOS_MALLOC_H
#define LIBOS_MALLOC_H
#include <stddef.h>
size_t malloc_usable_size(const void *pointer);
#endif
