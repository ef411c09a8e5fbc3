/*
 * QuickJS-ng, as one unit with the little that must see its private types.
 *
 * Its headers know no bare machine. `__wasi__` says "no threads, no processes" to cutils.h, but in
 * quickjs.c the same word switches the check of the native stack off, which we need: so it is
 * defined for the one and not for the other.
 */
#define __wasi__ 1
#include "cutils.h"
#undef __wasi__

/* No threads: neither Atomics nor shared memory. */
#define __STDC_NO_ATOMICS__ 1
#include "quickjs.h"
void libos_throw_interrupted(JSContext *ctx);

/* The profiler (`src/engine/quickjs/profile.rs`) hears where a function begins and ends; build.rs puts
 * these into the engine's calls. */
extern bool libos_is_profiling;
void libos_profile_leave(void);
static void profile_enter(JSValueConst function);
#define LIBOS_ENTER(function)                                                                      \
  do {                                                                                             \
    if (__builtin_expect(libos_is_profiling, 0))                                                   \
      profile_enter(function);                                                                     \
  } while (0)
#define LIBOS_LEAVE()                                                                              \
  do {                                                                                             \
    if (__builtin_expect(libos_is_profiling, 0))                                                   \
      libos_profile_leave();                                                                       \
  } while (0)
#ifdef LIBOS_SMALL
#include "libunicode.h"
static int normalize(JSContext *ctx, uint32_t **target, const uint32_t *source, int length);
#define unicode_normalize(target, source, length, form, opaque, reallocate)                        \
  normalize(ctx, target, source, length)
#define LIBOS_IS_SMALL 1
#define LIBOS_CHECK_NORMALIZATION                                                                  \
  for (int i = 0; i < buf_len; i++)                                                                \
    if (buf[i] >= (n_type == UNICODE_NFC ? 0x300 : 0x80)) {                                        \
      JS_ThrowInternalError(ctx, "this kernel has no Unicode normalization");                      \
      goto fail1;                                                                                  \
    }
#else
#define LIBOS_IS_SMALL 0
#define LIBOS_CHECK_NORMALIZATION
#endif
#include QUICKJS_C
#include "dead-zone.h"
#include "lazy.h"
#include "lazy-writer.h"
#include "weak.h"

#ifdef LIBOS_SMALL
/* The text is the same in all forms: `normalize` was refused otherwise, and an order needs none. */
static int normalize(JSContext *ctx, uint32_t **target, const uint32_t *source, int length) {
  *target = js_malloc(ctx, (length + 1) * sizeof(**target));
  if (!*target)
    return -1;
  memcpy(*target, source, length * sizeof(**target));
  return length;
}
#endif

bool libos_take_exhaustion(void);

/*
 * Called where the interrupt handler asked to stop. When memory is exhausted that is an error like
 * any other, which JavaScript may catch; when the watchdog barks, it is not.
 */
void libos_throw_interrupted(JSContext *ctx) {
  if (libos_take_exhaustion()) {
    JS_ThrowOutOfMemory(ctx);
    return;
  }
  JS_ThrowInternalError(ctx, "interrupted");
  JS_SetUncatchableError(ctx, ctx->rt->current_exception);
}

/* Lets the interrupt handler be asked at the next call or loop, and not after 10,000 of them. */
void libos_interrupt_soon(JSContext *ctx) { ctx->interrupt_counter = 0; }

/*
 * Sees to it that an eighth of the table of names is free, while there is memory in one piece for it:
 * where it can't grow, no property of a new name can be made, in anybody's code.
 */
void libos_spare_names(JSRuntime *rt) {
  uint32_t size = rt->atom_size;
  if (size - rt->atom_count >= size / 8)
    return;
  uint32_t new_size = size + size / 4;
  JSAtomStruct **names = js_realloc_rt(rt, rt->atom_array, sizeof(*names) * new_size);
  if (!names)
    return;
  for (uint32_t name = size; name < new_size - 1; name++)
    names[name] = atom_set_free(name + 1);
  names[new_size - 1] = atom_set_free(rt->atom_free_index);
  rt->atom_free_index = size;
  rt->atom_array = names;
  rt->atom_size = new_size;
}

/* A string whose characters are these bytes: the API reads UTF-8 only. */
JSValue libos_latin1_string(JSContext *ctx, const uint8_t *bytes, size_t length) {
  if (length > JS_STRING_LEN_MAX)
    return JS_ThrowRangeError(ctx, "invalid string length");
  return js_new_string8_len(ctx, (const char *)bytes, length);
}

/* JSON's numbers, which were scanned already: read as JavaScript's own are, exactly. */
double strtod(const char *restrict text, char **restrict end) {
  JSATODTempMem memory;
  const char *next;
  double value = js_atod(text, &next, 10, 0, &memory);
  if (end)
    *end = (char *)next;
  return value;
}

/*
 * Names the function of one frame of the JavaScript stack, for a report of a trap: it allocates
 * nothing and calls nothing of the program's.
 *
 * `frame` is NULL for the innermost frame, or what the last call returned. The name goes to `name`
 * (NUL-terminated; "" for a native one), the file to `file`, the line to `line` (0:
 * native, or not known). Returns the frame, or NULL after the last.
 */
const void *libos_stack_frame(JSRuntime *rt, const void *frame, char *name, size_t name_size,
                              char *file, size_t file_size, int *line) {
  const JSStackFrame *sf =
      frame ? ((const JSStackFrame *)frame)->prev_frame : rt->current_stack_frame;
  char atom[ATOM_GET_STR_BUF_SIZE];
  name[0] = file[0] = 0;
  *line = 0;
  if (!sf || JS_VALUE_GET_TAG(sf->cur_func) != JS_TAG_OBJECT)
    return NULL;
  JSObject *function = JS_VALUE_GET_OBJ(sf->cur_func);
  if (!js_class_has_bytecode(function->class_id))
    return sf;
  JSFunctionBytecode *code = function->u.func.function_bytecode;
  const char *known = code->func_name == JS_ATOM_NULL
                          ? "<anonymous>"
                          : JS_AtomGetStrRT(rt, atom, sizeof(atom), code->func_name);
  snprintf(name, name_size, "%s", known);
  snprintf(file, file_size, "%s", JS_AtomGetStrRT(rt, atom, sizeof(atom), libos_filename(code)));
  if (sf->cur_pc) {
    int column;
    *line = find_line_num(code->realm, code, sf->cur_pc - code->byte_code_buf - 1, &column);
  }
  return sf;
}

/*
 * The calls on the stack when an error was made, without what JavaScript's `stack` has in front of them
 * (`libos/image/guest/error-stack.ts`): no JavaScript is called for an error of the engine's own class.
 */
JSValue libos_error_calls(JSContext *ctx, JSValueConst error) {
  JSObject *p = JS_VALUE_GET_OBJ(error);
  if (p->class_id == JS_CLASS_ERROR && !find_own_property1(p, JS_ATOM_stack))
    return js_dup(p->u.object_data);
  return JS_GetPropertyStr(ctx, error, "stack");
}

#ifdef QJS_DISABLE_PARSER
const bool libos_has_parser = false;
#else
const bool libos_has_parser = true;
#endif

/*
 * A context with what this build offers. All but the small build have the whole language; where there is
 * no parser, `eval` and `Function` throw.
 */
JSContext *libos_new_context(JSRuntime *rt) {
#ifdef LIBOS_SMALL
  JSContext *ctx = JS_NewContextRaw(rt);
  if (!ctx)
    return NULL;
  if (JS_AddIntrinsicBaseObjects(ctx) || JS_AddIntrinsicDate(ctx) || JS_AddIntrinsicRegExp(ctx) ||
      JS_AddIntrinsicJSON(ctx) || JS_AddIntrinsicProxy(ctx) || JS_AddIntrinsicMapSet(ctx) ||
      JS_AddIntrinsicTypedArrays(ctx) || JS_AddIntrinsicPromise(ctx) || JS_AddIntrinsicWeakRef(ctx)) {
    JS_FreeContext(ctx);
    return NULL;
  }
  return ctx;
#else
  return JS_NewContext(rt);
#endif
}

/* A function, for the profiler: what identifies it, and where it stands (line 0: native). */
void libos_profile_enter(const void *key, uint64_t detail, JSContext *ctx, JSObject *function);

static void profile_enter(JSValueConst value) {
  JSObject *function = JS_VALUE_GET_OBJ(value);
  if (js_class_has_bytecode(function->class_id)) {
    const JSFunctionBytecode *code = function->u.func.function_bytecode;
    uint64_t place = libos_has_lines(code) ? (uint64_t)code->line_num << 32 | (uint32_t)code->col_num : 0;
    libos_profile_enter(code, place, code->realm, function);
    return;
  }
  libos_profile_enter((const void *)(uintptr_t)function->u.cfunc.c_function.generic,
                      (uint64_t)(uint16_t)function->u.cfunc.magic, function->u.cfunc.realm, function);
}

/* Writes the name of a function and its file, NUL-terminated; a native one has no file. */
void libos_profile_name(JSContext *ctx, JSObject *function, char *name, size_t name_size, char *file,
                        size_t file_size) {
  char atom[ATOM_GET_STR_BUF_SIZE];
  name[0] = file[0] = 0;
  if (js_class_has_bytecode(function->class_id)) {
    const JSFunctionBytecode *code = function->u.func.function_bytecode;
    if (code->func_name != JS_ATOM_NULL)
      snprintf(name, name_size, "%s",
               JS_AtomGetStrRT(ctx->rt, atom, sizeof(atom), code->func_name));
    snprintf(file, file_size, "%s", JS_AtomGetStrRT(ctx->rt, atom, sizeof(atom), libos_filename(code)));
    return;
  }
  JSProperty *property;
  JSShapeProperty *shape = find_own_property(&property, function, JS_ATOM_name);
  if (!shape || shape->flags & JS_PROP_TMASK || !JS_IsString(property->u.value))
    return;
  const char *text = JS_ToCString(ctx, property->u.value);
  if (text)
    snprintf(name, name_size, "%s", text);
  JS_FreeCString(ctx, text);
}

/* The memory of an ArrayBuffer, or of a typed array of any kind: NULL for other objects, and where it
 * is gone. `value` is an object. */
uint8_t *libos_bytes(JSValueConst value, size_t *length) {
  const JSObject *object = JS_VALUE_GET_OBJ(value);
  if (object->class_id == JS_CLASS_ARRAY_BUFFER) {
    const JSArrayBuffer *buffer = object->u.array_buffer;
    *length = buffer->byte_length;
    return buffer->detached ? NULL : buffer->data;
  }
  if (!is_typed_array(object->class_id) || typed_array_is_oob((JSObject *)object))
    return NULL;
  const JSTypedArray *array = object->u.typed_array;
  *length = array->length;
  return array->buffer->u.array_buffer->data + array->offset;
}
