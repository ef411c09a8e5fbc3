/*
 * The strings and the formatted output that QuickJS-ng calls. `printf` knows what the engine uses:
 * %s %c %d %i %u %x %X %p %%, the sizes l, ll, z, j and t, width, precision, `-`, `+` and `0`; no floats.
 */
#define LIBOS_LIBC
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void libos_console_write(const char *text, size_t length);

void *memchr(const void *bytes, int value, size_t length) {
  const unsigned char *at = bytes;
  for (; length; length--, at++)
    if (*at == (unsigned char)value)
      return (void *)at;
  return NULL;
}

int strcmp(const char *left, const char *right) {
  while (*left && *left == *right)
    left++, right++;
  return (unsigned char)*left - (unsigned char)*right;
}

char *strchr(const char *text, int character) {
  for (;; text++) {
    if (*text == (char)character)
      return (char *)text;
    if (!*text)
      return NULL;
  }
}

char *strrchr(const char *text, int character) {
  const char *found = NULL;
  do {
    if (*text == (char)character)
      found = text;
  } while (*text++);
  return (char *)found;
}

char *strstr(const char *text, const char *part) {
  for (;; text++) {
    size_t same = 0;
    while (part[same] && text[same] == part[same])
      same++;
    if (!part[same])
      return (char *)text;
    if (!*text)
      return NULL;
  }
}

/* Where formatted output goes: the first `size` bytes are kept, all are counted. */
struct output {
  char *target;
  size_t size, length;
};

static void put(struct output *out, char character) {
  if (out->length < out->size)
    out->target[out->length] = character;
  out->length++;
}

static void put_padded(struct output *out, const char *text, size_t length, size_t width,
                       int left, char padding) {
  size_t gap = width > length ? width - length : 0;
  /* Zeros go between the sign and the digits. */
  if (padding == '0' && length && (*text == '-' || *text == '+')) {
    put(out, *text++);
    length--;
  }
  for (size_t i = 0; !left && i < gap; i++)
    put(out, padding);
  for (size_t i = 0; i < length; i++)
    put(out, text[i]);
  for (size_t i = 0; left && i < gap; i++)
    put(out, ' ');
}

/* The digits of `value`, right-aligned in `digits`; returns where they begin. */
static char *digits_of(uint64_t value, unsigned base, int upper, char *end) {
  const char *all = upper ? "0123456789ABCDEF" : "0123456789abcdef";
  do
    *--end = all[value % base];
  while (value /= base);
  return end;
}

int vsnprintf(char *target, size_t size, const char *format, va_list arguments) {
  struct output out = {target, size ? size - 1 : 0, 0};
  for (; *format; format++) {
    if (*format != '%') {
      put(&out, *format);
      continue;
    }
    int left = 0, zero = 0, plus = 0, wide = 0, precision = -1;
    size_t width = 0;
    for (format++; *format == '-' || *format == '0' || *format == '+'; format++) {
      left |= *format == '-';
      zero |= *format == '0';
      plus |= *format == '+';
    }
    if (*format == '*') {
      width = (size_t)va_arg(arguments, int);
      format++;
    }
    for (; *format >= '0' && *format <= '9'; format++)
      width = width * 10 + (size_t)(*format - '0');
    if (*format == '.') {
      precision = 0;
      if (*++format == '*') {
        precision = va_arg(arguments, int);
        format++;
      }
      for (; *format >= '0' && *format <= '9'; format++)
        precision = precision * 10 + (*format - '0');
    }
    for (; *format == 'l' || *format == 'z' || *format == 'j' || *format == 't'; format++)
      wide = 1;
    char buffer[32], *end = buffer + sizeof(buffer), *text = end;
    switch (*format) {
    case 's': {
      const char *string = va_arg(arguments, const char *);
      size_t length = 0;
      if (!string)
        string = "(null)";
      while (length < (size_t)precision && string[length])
        length++;
      put_padded(&out, string, length, width, left, ' ');
      continue;
    }
    case 'c':
      *--text = (char)va_arg(arguments, int);
      break;
    case 'd':
    case 'i': {
      int64_t value = wide ? va_arg(arguments, int64_t) : va_arg(arguments, int);
      text = digits_of(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10, 0, end);
      if (value < 0 || plus)
        *--text = value < 0 ? '-' : '+';
      break;
    }
    case 'p':
    case 'u':
    case 'x':
    case 'X': {
      int is_pointer = *format == 'p';
      uint64_t value = wide || is_pointer ? va_arg(arguments, uint64_t)
                                          : va_arg(arguments, unsigned);
      text = digits_of(value, *format == 'u' ? 10 : 16, *format == 'X', end);
      break;
    }
    case 0:
      format--;
      continue;
    default:
      *--text = *format;
    }
    put_padded(&out, text, (size_t)(end - text), width, left, zero && !left ? '0' : ' ');
  }
  if (size)
    target[out.length < out.size ? out.length : out.size] = 0;
  return (int)out.length;
}

int snprintf(char *target, size_t size, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(target, size, format, arguments);
  va_end(arguments);
  return length;
}

static int print(const char *format, va_list arguments) {
  char line[256];
  int length = vsnprintf(line, sizeof(line), format, arguments);
  libos_console_write(line, (size_t)length < sizeof(line) ? (size_t)length : sizeof(line) - 1);
  return length;
}

int printf(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length = print(format, arguments);
  va_end(arguments);
  return length;
}

int fprintf(FILE *file, const char *format, ...) {
  (void)file;
  va_list arguments;
  va_start(arguments, format);
  int length = print(format, arguments);
  va_end(arguments);
  return length;
}
