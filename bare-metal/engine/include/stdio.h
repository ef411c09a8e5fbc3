#ifndef LIBOS_STDIO_H
#define LIBOS_STDIO_H
#include <stdarg.h>
#include <stddef.h>
/* There are no files: what the engine prints (it prints only before it aborts) goes to the console. */
typedef struct libos_file FILE;
#define stdout ((FILE *)0)
#define stderr ((FILE *)0)
#define EOF (-1)
int printf(const char *format, ...);
int fprintf(FILE *file, const char *format, ...);
int snprintf(char *target, size_t size, const char *format, ...);
int vsnprintf(char *target, size_t size, const char *format, va_list arguments);
int putchar(int character);
int fputc(int character, FILE *file);
int fputs(const char *text, FILE *file);
int puts(const char *text);
size_t fwrite(const void *bytes, size_t size, size_t count, FILE *file);
int fflush(FILE *file);
#endif
