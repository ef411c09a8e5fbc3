#ifndef LIBOS_STRING_H
#define LIBOS_STRING_H
#include <stddef.h>
void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memmove(void *to, const void *from, size_t length);
void *memset(void *to, int value, size_t length);
int memcmp(const void *left, const void *right, size_t length);
void *memchr(const void *bytes, int value, size_t length);
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t length);
char *strchr(const char *text, int character);
char *strrchr(const char *text, int character);
char *strstr(const char *text, const char *part);
char *strcpy(char *restrict to, const char *restrict from);
char *strncpy(char *restrict to, const char *restrict from, size_t length);
char *strcat(char *restrict to, const char *restrict from);
/*
 * A freestanding compiler does not know what these do, and would call a function to read four bytes.
 * libc.c, which defines some of them, wants the names.
 */
#ifndef LIBOS_LIBC
#define memcpy(...) __builtin_memcpy(__VA_ARGS__)
#define memmove(...) __builtin_memmove(__VA_ARGS__)
#define memset(...) __builtin_memset(__VA_ARGS__)
#define memcmp(...) __builtin_memcmp(__VA_ARGS__)
#define strlen(...) __builtin_strlen(__VA_ARGS__)
#endif
#endif
