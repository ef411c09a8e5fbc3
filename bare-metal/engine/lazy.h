/*
 * Functions of a program are read when they are first called.
 *
 * `SPEC.md` has the format. Of a function whose parent was read there is its head: what making a closure
 * of it takes. Its code is a single `OP_invalid`; where the interpreter meets that one, it calls
 * `libos_read_function` and then the function once more, so that a call of a function that was read pays
 * nothing. Functions in it get their heads then.
 *
 * The program's bytes stay where they are, and are ours: code runs in place, with its names written over
 * the indices that stood for them. Names are made when something that has them is read; the table keeps
 * them, so that functions hold no references to theirs.
 *
 * What is read at a call may fail for want of memory. The function is then as it was, and its next call
 * tries again.
 */
#ifndef LIBOS_LAZY_H
#define LIBOS_LAZY_H

#include "lazy-names.h"

/* A function's flags in its head; the rest of the word is in the order of `JSFunctionBytecode`. */
enum { LIBOS_FLAG_BITS = 13, LIBOS_HAS_LINES = 1 << LIBOS_FLAG_BITS };

static void libos_set_flags(JSFunctionBytecode *b, uint32_t flags) {
  int at = 0;
  b->has_prototype = bc_get_flags(flags, &at, 1);
  b->has_simple_parameter_list = bc_get_flags(flags, &at, 1);
  b->is_derived_class_constructor = bc_get_flags(flags, &at, 1);
  b->need_home_object = bc_get_flags(flags, &at, 1);
  b->func_kind = bc_get_flags(flags, &at, 2);
  b->new_target_allowed = bc_get_flags(flags, &at, 1);
  b->super_call_allowed = bc_get_flags(flags, &at, 1);
  b->super_allowed = bc_get_flags(flags, &at, 1);
  b->arguments_allowed = bc_get_flags(flags, &at, 1);
  b->backtrace_barrier = bc_get_flags(flags, &at, 1);
  b->is_strict_mode = bc_get_flags(flags, &at, 1);
}

/* What the head of a function says, without its name; the rest is skipped. */
static int libos_parse_head(BCReaderState *s, JSFunctionBytecode *head, uint32_t *name) {
  static const uint8_t unread_code[] = {OP_invalid};
  uint16_t flags;
  uint32_t rest;
  *head = (JSFunctionBytecode){.is_lazy = true, .is_unread = true};
  if (bc_get_u16(s, &flags) || bc_get_leb128(s, name) || bc_get_leb128_u16(s, &head->defined_arg_count))
    return -1;
  libos_set_flags(head, flags);
  if (flags & LIBOS_HAS_LINES) {
    head->has_lines = true;
    if (bc_get_leb128_int(s, &head->line_num) || bc_get_leb128_int(s, &head->col_num))
      return -1;
  }
  if (bc_get_leb128_u16(s, &head->closure_var_count) || bc_get_leb128(s, &rest))
    return -1;
  if (rest > (size_t)(s->buf_end - s->ptr))
    return bc_read_error_end(s);
  head->libos_rest = s->ptr;
  head->libos_end = head->libos_rest + rest;
  s->ptr += rest;
  head->byte_code_buf = (uint8_t *)unread_code;
  head->byte_code_len = 0;
  return 0;
}

/* Reads the head of a function, and skips the rest. */
static JSValue libos_read_head(BCReaderState *s) {
  JSContext *ctx = s->ctx;
  JSFunctionBytecode head;
  uint32_t name;
  if (libos_parse_head(s, &head, &name) || libos_to_atom(s, name, &head.func_name))
    return JS_EXCEPTION;
  size_t size = head.has_lines ? offsetof(JSFunctionBytecode, libos_tail) : offsetof(JSFunctionBytecode, libos_lines);
  JSFunctionBytecode *b = js_malloc(ctx, size);
  if (!b)
    return JS_EXCEPTION;
  memcpy(b, &head, size);
  b->realm = JS_DupContext(ctx);
  JS_REF_COUNT(b) = 1;
  add_gc_object(ctx->rt, &b->header, JS_GC_OBJ_TYPE_FUNCTION_BYTECODE);
  return JS_MKPTR(JS_TAG_FUNCTION_BYTECODE, b);
}

/* A number of a list that was checked with the program. */
static inline uint32_t libos_next_number(const uint8_t **at) {
  uint32_t byte = *(*at)++, value = byte & 0x7f;
  for (int shift = 7; byte & 0x80 && shift < 35; shift += 7) {
    byte = *(*at)++;
    value |= (byte & 0x7f) << shift;
  }
  return value;
}

static inline void libos_skip_numbers(const uint8_t **at, const uint8_t *end, size_t count) {
  for (const uint8_t *from = *at; count > 0 && from < end; *at = from)
    count -= *from++ < 0x80;
}

/* What a closure takes from outside, with the number of its name: the list begins what follows the head. */
static void libos_get_closure_var(const uint8_t **at, JSClosureVar *variable) {
  int bit = 0;
  variable->var_name = libos_next_number(at);
  variable->var_idx = libos_next_number(at);
  uint32_t flags = libos_next_number(at);
  variable->closure_type = bc_get_flags(flags, &bit, 3);
  variable->is_const = bc_get_flags(flags, &bit, 1);
  variable->is_lexical = bc_get_flags(flags, &bit, 1);
  variable->var_kind = bc_get_flags(flags, &bit, 4);
}

static JSAtom libos_outside_name(const JSFunctionBytecode *b, int index) {
  const uint8_t *at = libos_from_outside(b);
  if (!at)
    return b->closure_var[index].var_name;
  JSClosureVar variable;
  do
    libos_get_closure_var(&at, &variable);
  while (index-- > 0);
  return variable.var_name;
}

/* The same, where only its place is asked for. */
static no_inline void libos_get_place(const uint8_t **at, JSClosureVar *variable) {
  libos_skip_numbers(at, *at + 5, 1);
  variable->var_idx = libos_next_number(at);
  variable->closure_type = libos_next_number(at) & 7;
}

static int libos_get_variable(BCReaderState *s, JSVarDef *variable, bool has_scopes) {
  uint8_t flags;
  int bit = 0, level = 0, next = 0;
  if (bc_get_leb128(s, &variable->var_name) ||
      (has_scopes && libos_to_atom(s, variable->var_name, &variable->var_name)) || bc_get_u8(s, &flags))
    return -1;
  variable->var_kind = bc_get_flags(flags, &bit, 4);
  variable->is_const = bc_get_flags(flags, &bit, 1);
  variable->is_lexical = bc_get_flags(flags, &bit, 1);
  variable->is_captured = bc_get_flags(flags, &bit, 1);
  if (variable->is_captured && bc_get_leb128_u16(s, &variable->var_ref_idx))
    return -1;
  if (has_scopes && (bc_get_leb128_int(s, &level) || bc_get_leb128_int(s, &next)))
    return -1;
#ifndef QJS_DISABLE_PARSER
  variable->scope_level = level;
  variable->scope_next = next - 1;
#endif
  return 0;
}

/* Of each instruction its bytes, whether a name follows it, and whether it has a variable or a constant. */
enum { LIBOS_SIZE_BITS = 4, LIBOS_NAMED = 1 << LIBOS_SIZE_BITS, LIBOS_INDEXED = LIBOS_NAMED << 1 };
#define LIBOS_IS_NAMED(format)                                                                     \
  ((format) >= OP_FMT_atom && (format) <= OP_FMT_atom_label_u16 ? LIBOS_NAMED : 0)
#define LIBOS_IS_INDEXED(format)                                                                   \
  ((format) == OP_FMT_loc || (format) == OP_FMT_loc8 || (format) == OP_FMT_none_loc ||             \
           (format) == OP_FMT_var_ref || (format) == OP_FMT_none_var_ref ||                        \
           (format) == OP_FMT_const || (format) == OP_FMT_const8 || (format) == OP_FMT_atom_u16    \
       ? LIBOS_INDEXED                                                                             \
       : 0)
static const uint8_t libos_instructions[256] = {
#define FMT(f)
#define DEF(id, size, n_pop, n_push, f)                                                            \
  [OP_##id] = (size) | LIBOS_IS_NAMED(OP_FMT_##f) | LIBOS_IS_INDEXED(OP_FMT_##f),
#define def(id, size, n_pop, n_push, f)
#include "quickjs-opcode.h"
#undef def
#undef DEF
#undef FMT
    [OP_COUNT ... 255] = 1,
};

/*
 * Writes names over their indices. Where one cannot be made, `byte_code_len` says how far it came, which
 * is what another attempt begins with.
 */
static int libos_name(BCReaderState *s, JSFunctionBytecode *b, uint8_t *code, int length) {
  uint8_t *at = code + b->byte_code_len, *end = code + length;
  while (at < end) {
    uint8_t instruction = libos_instructions[*at];
    if (instruction & LIBOS_NAMED) {
      JSAtom atom;
      if (libos_resolve(s, get_u32(at + 1), &atom)) {
        b->byte_code_len = at - code;
        return -1;
      }
      put_u32(at + 1, atom);
    }
    at += instruction & (LIBOS_NAMED - 1);
  }
  b->byte_code_len = length;
  return 0;
}

/* What is read of a function, until nothing can fail any more. Pool and variables are one block, in which
 * only a function that calls `eval` has what comes from outside, too. */
typedef struct LibosBody {
  uint16_t arg_count, var_count, stack_size, var_ref_count;
  int cpool_count;
  /* Constants that were read. */
  int read;
  JSValue *cpool;
  JSVarDef *vardefs;
  JSClosureVar *closure_var;
  bool has_scopes;
} LibosBody;

/* Stands for a function of the module: where its head lies, the index of its constant, and, from 1 on, which
 * of the program's private functions it is. */
enum { LIBOS_INDEX_BITS = 16 };
static JSValue libos_marker(uint32_t index, uint32_t position, uint32_t number) {
  uint64_t bits = (uint64_t)(number << LIBOS_INDEX_BITS | index) << 32 | position;
  return JS_MKPTR(JS_TAG_UNINITIALIZED, (void *)(uintptr_t)bits);
}

/* A constant of the module's function: of a function only where its head is (lazy-closures.h). */
static JSValue libos_module_constant(BCReaderState *s, int index) {
  if (s->ptr == s->buf_end || *s->ptr != BC_TAG_FUNCTION_BYTECODE || index >> LIBOS_INDEX_BITS)
    return JS_ReadObjectRec(s);
  JSFunctionBytecode head;
  uint32_t name, position = ++s->ptr - s->buf_start;
  return libos_parse_head(s, &head, &name) ? JS_EXCEPTION : libos_marker(index, position, 0);
}

static int libos_begin_body(BCReaderState *s, const JSFunctionBytecode *b, LibosBody *body) {
  const uint8_t *from_outside = s->ptr;
  uint32_t arguments;
  libos_skip_numbers(&s->ptr, s->buf_end, 3 * (size_t)b->closure_var_count);
  if (bc_get_leb128(s, &arguments) || bc_get_leb128_u16(s, &body->var_count) ||
      bc_get_leb128_u16(s, &body->stack_size) || bc_get_leb128_u16(s, &body->var_ref_count) ||
      bc_get_leb128_int(s, &body->cpool_count))
    return -1;
  body->has_scopes = arguments & 1;
  body->arg_count = arguments >> 1;
  size_t variables = body->arg_count + body->var_count;
  int named_count = body->has_scopes ? b->closure_var_count : 0;
  body->cpool = js_mallocz(s->ctx, body->cpool_count * sizeof(JSValue) + variables * sizeof(JSVarDef) +
                                       named_count * sizeof(JSClosureVar));
  if (!body->cpool)
    return -1;
  body->vardefs = (JSVarDef *)(body->cpool + body->cpool_count);
  body->closure_var = (JSClosureVar *)(body->vardefs + variables);
  for (int i = 0; i < named_count; i++) {
    JSClosureVar *variable = &body->closure_var[i];
    libos_get_closure_var(&from_outside, variable);
    if (libos_to_atom(s, variable->var_name, &variable->var_name))
      return -1;
  }
  for (size_t i = 0; i < variables; i++)
    if (libos_get_variable(s, &body->vardefs[i], body->has_scopes))
      return -1;
  for (; body->read < body->cpool_count; body->read++) {
    JSValue constant = b == s->libos_program->code ? libos_module_constant(s, body->read) : JS_ReadObjectRec(s);
    if (JS_IsException(constant))
      return -1;
    body->cpool[body->read] = constant;
  }
  return 0;
}

/*
 * Reads the rest of a function. Returns 0, or -1 with an exception; the function is then as it was. It is
 * kept alive by the caller.
 */
static no_inline int libos_read_body(JSFunctionBytecode *b) {
  BCReaderState state = libos_reader(b->realm, b->libos_rest), *s = &state;
  const uint8_t *end = b->libos_end;
  LibosBody body = {0};
  int line_bytes = 0;
  if (js_check_stack_overflow(s->ctx->rt, 0)) {
    JS_ThrowStackOverflow(s->ctx);
    return -1;
  }
  if (libos_begin_body(s, b, &body) || (b->has_lines && bc_get_leb128_int(s, &line_bytes)))
    goto fail;
  uint8_t *lines = (uint8_t *)s->ptr, *code = lines + line_bytes;
  if (code > end) {
    bc_read_error_end(s);
    goto fail;
  }
  if (libos_name(s, b, code, end - code))
    goto fail;
  if (b->has_lines)
    b->pc2line_len = line_bytes;
  b->arg_count = body.arg_count;
  b->var_count = body.var_count;
  b->stack_size = body.stack_size;
  b->var_ref_count = body.var_ref_count;
  if (body.has_scopes)
    b->closure_var = body.closure_var;
  b->byte_code_buf = code;
  b->cpool = body.cpool;
  b->cpool_count = body.cpool_count;
  b->has_names = body.has_scopes;
  b->is_unread = false;
  return 0;
fail:
  while (body.read > 0)
    JS_FreeValue(s->ctx, body.cpool[--body.read]);
  js_free(s->ctx, body.cpool);
  return -1;
}

/* Frees what a function has beside its own block and its context. */
static void libos_free_body(JSRuntime *rt, JSFunctionBytecode *b) {
  if (b->is_unread)
    return;
  for (int i = 0; i < b->cpool_count; i++)
    JS_FreeValueRT(rt, b->cpool[i]);
  js_free_rt(rt, b->cpool);
}

#include "lazy-closures.h"

/*
 * Reads a module that our compiler wrote: the module's own function, and the heads of those in it. The
 * bytes are the context's from now on, which has one program.
 */
JSValue libos_read_program(JSContext *ctx, uint8_t *bytes, size_t length) {
  BCReaderState begin = {.ctx = ctx, .buf_start = bytes, .ptr = bytes, .buf_end = bytes + length};
  uint8_t version;
  uint32_t checksum, count;
  if (bc_get_u8(&begin, &version))
    return JS_EXCEPTION;
  if (version != LIBOS_BC_VERSION)
    return JS_ThrowSyntaxError(ctx, "invalid version (%d expected=%d)", version, LIBOS_BC_VERSION);
  if (bc_get_u32(&begin, &checksum) || bc_get_leb128(&begin, &count))
    return JS_EXCEPTION;
  if (ctx->libos_program || count > length || length >= LIBOS_UNMADE)
    return JS_ThrowInternalError(ctx, "a context has one program, of less than 2 GiB");
  struct LibosProgram *program =
      js_mallocz(ctx, sizeof(*program) + (size_t)count * sizeof(program->atoms[0]));
  if (!program)
    return JS_EXCEPTION;
  program->start = bytes;
  program->end = bytes + length;
  program->atom_count = count;
  ctx->libos_program = program;
  if (libos_read_atoms(&begin, program))
    return JS_EXCEPTION;
  BCReaderState state = libos_reader(ctx, begin.ptr);
  if (libos_get_atom(&state, &program->file))
    return JS_EXCEPTION;
  JSValue module = JS_ReadObjectRec(&state);
  if (JS_VALUE_GET_TAG(module) != JS_TAG_MODULE)
    return module;
  JSModuleDef *definition = JS_VALUE_GET_PTR(module);
  program->definition = definition;
  program->code = JS_VALUE_GET_PTR(definition->func_obj);
  if (!libos_read_body(program->code) && !libos_defer(ctx, definition, program->code))
    return module;
  JS_FreeValue(ctx, module);
  return JS_EXCEPTION;
}

/*
 * Lets go of what the module's own code alone needs, where that has run to its end: nothing calls it again,
 * and nothing asks for its variables' names. Returns how many of the program's last bytes are free, or 0.
 */
size_t libos_end_module(JSContext *ctx) {
  static const uint8_t nothing[] = {OP_return_undef};
  struct LibosProgram *program = ctx->libos_program;
  JSFunctionBytecode *b = program->code;
  const uint8_t *end = program->end;
  if (program->definition->status != JS_MODULE_STATUS_EVALUATED || b->byte_code_buf + b->byte_code_len != end ||
      b->has_names)
    return 0;
  program->end = b->byte_code_buf;
  if (b->has_lines) {
    program->end -= b->pc2line_len;
    b->pc2line_len = 0;
  }
  b->byte_code_buf = (uint8_t *)nothing;
  b->byte_code_len = sizeof(nothing);
  /* The variables lie behind the constants, which functions are made of. */
  b->arg_count = b->var_count = 0;
  JSValue *constants = js_realloc_rt(ctx->rt, b->cpool, b->cpool_count * sizeof(*constants));
  if (constants)
    b->cpool = constants;
  return end - program->end;
}

#endif
