/*
 * The engine's compiler as a WebAssembly module: a source goes in, bytecode for exactly this engine
 * comes out. The image builder runs it, so that an image needs to parse nothing.
 */
#include <stdbool.h>
#include <stddef.h>

bool libos_take_exhaustion(void);
#include "quickjs.h"
void libos_throw_interrupted(JSContext *ctx);
/* Nothing is profiled. */
#define LIBOS_ENTER(function)
#define LIBOS_LEAVE()
/* Nothing is left out. */
#define LIBOS_IS_SMALL 0
#define LIBOS_CHECK_NORMALIZATION
#include QUICKJS_C
#include "dead-zone.h"
#include "lazy.h"
#include "lazy-writer.h"
#include "weak.h"

#define EXPORT(name) __attribute__((export_name(name)))

/* Nothing interrupts a compilation. */
void libos_throw_interrupted(JSContext *ctx) { JS_ThrowInternalError(ctx, "interrupted"); }

static uint8_t *result;
static size_t result_length;

EXPORT("allocate") void *libos_allocate(size_t size) { return malloc(size); }
EXPORT("result") const uint8_t *libos_result(void) { return result; }
EXPORT("resultLength") size_t libos_result_length(void) { return result_length; }

static void keep_text(const char *text) {
  result_length = strlen(text);
  result = malloc(result_length);
  if (result)
    memcpy(result, text, result_length);
}

/* Keeps what went wrong: message and place. */
static void keep_error(JSContext *ctx) {
  JSValue error = JS_GetException(ctx);
  JSValue stack = JS_GetPropertyStr(ctx, error, "stack");
  const char *message = JS_ToCString(ctx, error);
  const char *place = JS_IsString(stack) ? JS_ToCString(ctx, stack) : NULL;
  char text[1024];
  snprintf(text, sizeof(text), "%s\n%s", message ? message : "unknown error", place ? place : "");
  keep_text(text);
}

/*
 * Compiles the module `source`, which a NUL follows. `keeps_lines` keeps what stack traces need.
 * Returns 0 with the bytecode as the result, or 1 with a message.
 */
EXPORT("compile") int libos_compile(const char *source, size_t length, const char *name,
                                    int keeps_lines) {
  JSRuntime *rt = JS_NewRuntime();
  JSContext *ctx = rt ? JS_NewContext(rt) : NULL;
  if (!ctx) {
    keep_text("out of memory");
    return 1;
  }
  JSValue module =
      JS_Eval(ctx, source, length, name, JS_EVAL_TYPE_MODULE | JS_EVAL_FLAG_COMPILE_ONLY);
  if (JS_IsException(module)) {
    keep_error(ctx);
    return 1;
  }
  int flags = JS_WRITE_OBJ_BYTECODE | JS_WRITE_OBJ_STRIP_SOURCE;
  if (!keeps_lines)
    flags |= JS_WRITE_OBJ_STRIP_DEBUG;
  result = JS_WriteObject(ctx, &result_length, module, flags);
  if (!result) {
    keep_error(ctx);
    return 1;
  }
  /* Behind the version: no checksum. The payload has one of its own, and one is enough. */
  memset(result + 1, 0xff, 4);
  return 0;
}
