#ifndef LIBOS_STDLIB_H
#define LIBOS_STDLIB_H
#include <stddef.h>
_Noreturn void abort(void);
void *malloc(size_t size);
void *calloc(size_t count, size_t size);
void *realloc(void *pointer, size_t size);
void free(void *pointer);
int abs(int value);
double strtod(const char *restrict text, char **restrict end);
#define alloca(size) __builtin_alloca(size)
#endif
