/*
 * The engine on the host, for the build alone: it runs the module that its argument names, from bytecode
 * as an image does, and counts what runs (`-fprofile-instr-generate`).
 *
 * Every run is the same: memory comes from one fixed address, and time stands still.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kernel's side of the hooks (`engine/quickjs.c`): nothing runs out and nobody profiles. */
bool libos_is_profiling = false;
bool libos_take_exhaustion(void) { return false; }
void libos_profile_leave(void) {}
#include "quickjs.c"
void libos_profile_enter(const void *key, uint64_t detail, JSContext *ctx, JSObject *function) {
  (void)key, (void)detail, (void)ctx, (void)function;
}

/* What this file needs of the host's library, which has no headers here. */
extern int open(const char *path, int flags, ...);
extern long read(int file, void *target, size_t size);
extern long write(int file, const void *source, size_t size);
extern void *mmap(void *address, size_t size, int rights, int flags, int file, long offset);
_Noreturn extern void exit(int code);

void libos_console_write(const char *text, size_t length) { write(1, text, length); }
int gettimeofday(struct timeval *now, void *zone) {
  (void)zone;
  now->tv_sec = 0;
  now->tv_usec = 0;
  return 0;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
  (void)clock;
  now->tv_sec = now->tv_nsec = 0;
  return 0;
}
struct tm *localtime_r(const time_t *time, struct tm *parts) {
  (void)time;
  memset(parts, 0, sizeof(*parts));
  return parts;
}

/* Addresses decide about hashes, and they about what is run: so they must not differ. */
#define MEMORY ((uint8_t *)0x100000000000)
#define MEMORY_BYTES ((size_t)1 << 30)
#define CLASSES 48
static uint8_t *unused = MEMORY;
static void *freed[CLASSES];

static int class_of(size_t size) {
  int class = 4;
  while (((size_t)1 << class) < size)
    class ++;
  return class;
}
static void *take(size_t size) {
  int class = class_of(size + 16);
  uint8_t *block = freed[class];
  if (block) {
    freed[class] = *(void **)(block + 16);
  } else {
    block = unused;
    unused += (size_t)1 << class;
    if (unused > MEMORY + MEMORY_BYTES)
      return NULL;
  }
  *(size_t *)block = size;
  return block + 16;
}
static size_t usable(const void *block) { return block ? ((const size_t *)block)[-2] : 0; }
static void give(void *opaque, void *block) {
  (void)opaque;
  if (!block)
    return;
  int class = class_of(usable(block) + 16);
  *(void **)block = freed[class];
  freed[class] = (uint8_t *)block - 16;
}
static void *take_for(void *opaque, size_t size) { return (void)opaque, take(size); }
static void *take_zeroed(void *opaque, size_t count, size_t size) {
  void *block = take_for(opaque, count * size);
  return block ? memset(block, 0, count * size) : NULL;
}
static void *resize(void *opaque, void *block, size_t size) {
  if (block && !size) {
    give(opaque, block);
    return NULL;
  }
  void *other = take(size);
  if (block && other) {
    memcpy(other, block, usable(block) < size ? usable(block) : size);
    give(opaque, block);
  }
  return other;
}
static const JSMallocFunctions functions = {take_zeroed, take_for, give, resize, usable};

static JSValue print(JSContext *ctx, JSValueConst this_value, int count, JSValueConst *values) {
  (void)this_value;
  const char *text = count > 0 ? JS_ToCString(ctx, values[0]) : NULL;
  if (text)
    printf("%s\n", text);
  JS_FreeCString(ctx, text);
  return JS_UNDEFINED;
}

static JSContext *new_context(void) {
  JSContext *ctx = libos_new_context(JS_NewRuntime2(&functions, NULL));
  JSValue global = JS_GetGlobalObject(ctx);
  JS_SetPropertyStr(ctx, global, "print", JS_NewCFunction(ctx, print, "print", 1));
  JS_FreeValue(ctx, global);
  return ctx;
}

static void check(JSContext *ctx, bool is_right) {
  if (is_right)
    return;
  JSValue error = JS_GetException(ctx);
  JSValue stack = JS_GetPropertyStr(ctx, error, "stack");
  printf("%s\n%s\n", JS_ToCString(ctx, error), JS_IsString(stack) ? JS_ToCString(ctx, stack) : "");
  exit(1);
}

/* Promise reactions, then one turn, until there is neither. */
static void run_all(JSContext *ctx) {
  JSContext *other;
  JSValue global = JS_GetGlobalObject(ctx);
  for (;;) {
    int result;
    while ((result = JS_ExecutePendingJob(JS_GetRuntime(ctx), &other)) != 0)
      check(ctx, result > 0);
    JSValue turn = JS_GetPropertyStr(ctx, global, "turn");
    if (!JS_IsFunction(ctx, turn))
      return;
    JSValue again = JS_Call(ctx, turn, JS_UNDEFINED, 0, NULL);
    check(ctx, !JS_IsException(again));
    JS_FreeValue(ctx, turn);
    if (!JS_ToBool(ctx, again))
      return;
  }
}

int main(int count, char **arguments) {
  const int read_and_write = 3, private_anonymous_fixed = 0x100032;
  if (mmap(MEMORY, MEMORY_BYTES, read_and_write, private_anonymous_fixed, -1, 0) != MEMORY)
    return 2;
  int file = count == 2 ? open(arguments[1], 0) : -1;
  size_t room = 16 << 20, length = 0;
  char *source = take(room);
  for (long part; (part = read(file, source + length, room - 1 - length)) > 0;)
    length += part;
  if (!length)
    return 2;
  source[length] = 0;
  JSContext *compiler = new_context();
  JSValue module = JS_Eval(compiler, source, length, "app.js",
                           JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
  check(compiler, !JS_IsException(module));
  uint8_t *bytecode = JS_WriteObject(compiler, &length, module,
                                     JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE);
  check(compiler, bytecode != NULL);
  JSContext *ctx = new_context();
  module = libos_read_program(ctx, bytecode, length);
  check(ctx, !JS_IsException(module) && JS_ResolveModule(ctx, module) >= 0);
  JSValue promise = JS_EvalFunction(ctx, module);
  check(ctx, !JS_IsException(promise));
  run_all(ctx);
  if (JS_PromiseState(ctx, promise) == JS_PROMISE_FULFILLED)
    return 0;
  printf("the workload did not end: %s\n", JS_ToCString(ctx, JS_PromiseResult(ctx, promise)));
  return 1;
}
