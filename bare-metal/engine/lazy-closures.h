/*
 * Functions of the program's module are made when something first wants them.
 *
 * A module of libos and an application declares thousands of functions, of which a run calls some
 * hundreds. What costs memory is not their code, which stays where it lies (`lazy.h`), but for each an
 * object, its properties, what it takes from outside, and its head. So where the module's own code makes
 * a function and puts it away at once, it puts a marker away instead:
 *
 * - **A method** is a property that is made when it is first looked at (`JS_PROP_AUTOINIT`, as most of
 *   the engine's own are). Variables of the module's blocks that it takes (private names, a class's own
 *   name) are kept in the program from the moment in which the method was defined.
 * - **A declared function** is made when a function that names it is first called: until then nobody can
 *   look at its variable, since the module's own code does not.
 * - **A private method**, and what fills a class's fields in, is such a variable too, of a class. Whose
 *   method it is and its name are kept beside.
 *
 * The module's code says `push_const` for `fclosure` there, and the constant is the marker: uninitialized,
 * with the index of the constant, and where its head lies. A marker turns into the head when that is read,
 * so that a function has one, however often it is made. Where memory is too little to make a function, it
 * stays a marker, and whoever wanted it gets the error.
 */
#ifndef LIBOS_LAZY_CLOSURES_H
#define LIBOS_LAZY_CLOSURES_H

#include "lazy-names.h"

/* The engine's own value has 0 where a marker has a position. */
static inline bool libos_is_marker(JSValueConst value) {
  return JS_VALUE_GET_TAG(value) == JS_TAG_UNINITIALIZED && JS_VALUE_GET_INT(value) != 0;
}

/* A constant of the module that is a function: its head, which the constants keep, or NULL. */
static JSFunctionBytecode *libos_head(JSContext *ctx, uint32_t index) {
  struct LibosProgram *program = ctx->libos_program;
  JSValue *constant = &program->code->cpool[index];
  if (libos_is_marker(*constant)) {
    BCReaderState s = libos_reader(ctx, program->start + (uint32_t)JS_VALUE_GET_INT(*constant));
    JSValue head = libos_read_head(&s);
    if (JS_IsException(head))
      return NULL;
    *constant = head;
  }
  return JS_VALUE_GET_PTR(*constant);
}

/* Makes the function of a constant of the module. With a frame, it is the module's that runs. */
static JSValue libos_make_closure(JSContext *ctx, uint32_t index, JSStackFrame *sf) {
  JSFunctionBytecode *b = libos_head(ctx, index);
  if (!b)
    return JS_EXCEPTION;
  JSVarRef **var_refs = ctx->libos_program->module->u.func.var_refs;
  return js_closure(ctx, js_dup(JS_MKPTR(JS_TAG_FUNCTION_BYTECODE, b)), var_refs, sf);
}

static inline uint32_t libos_marked_index(JSValueConst marker) {
  return (uint64_t)(uintptr_t)JS_VALUE_GET_PTR(marker) >> 32 & ((1 << LIBOS_INDEX_BITS) - 1);
}

/* Which of the private functions a marker stands for, or NULL. */
static inline struct LibosPrivate *libos_private(JSContext *ctx, JSValueConst marker) {
  uint32_t number = (uint64_t)(uintptr_t)JS_VALUE_GET_PTR(marker) >> (32 + LIBOS_INDEX_BITS);
  return number ? &ctx->libos_program->privates[number - 1] : NULL;
}

/* A variable of the module's blocks that methods take which are not made yet. */
static JSVarRef *libos_kept_local(JSContext *ctx, int index) {
  JSVarRef *kept = ctx->libos_program->locals[index];
  JS_REF_COUNT(kept)++;
  return kept;
}

/*
 * Keeps what a method takes of the module's variables. Returns 1, 0 where a loop has had another variable
 * in the place of one (the method is then made at once), or -1 with an exception.
 */
static int libos_keep_locals(JSContext *ctx, JSStackFrame *sf, uint32_t position) {
  struct LibosProgram *program = ctx->libos_program;
  BCReaderState s = libos_reader(ctx, program->start + position);
  JSFunctionBytecode head;
  uint32_t name;
  if (libos_parse_head(&s, &head, &name))
    return -1;
  const uint8_t *at = head.libos_rest;
  for (int i = 0; i < head.closure_var_count; i++) {
    JSClosureVar variable;
    libos_get_place(&at, &variable);
    if (variable.closure_type != JS_CLOSURE_LOCAL)
      continue;
    if (!program->locals) {
      program->locals = js_mallocz(ctx, program->code->var_count * sizeof(program->locals[0]));
      if (!program->locals)
        return -1;
      program->local_count = program->code->var_count;
    }
    JSVarRef **kept = &program->locals[variable.var_idx];
    JSVarRef *now = get_var_ref(ctx, sf, variable.var_idx, false);
    if (!now)
      return -1;
    if (!*kept) {
      *kept = now;
      continue;
    }
    free_var_ref(ctx->rt, now);
    if (*kept != now)
      return 0;
  }
  return 1;
}

/*
 * `define_method` in the module's code, where a constant lies on the stack in place of a function. Returns
 * 1 where it has defined the property, 0 where the function lies on the stack now, -1 with an exception.
 */
static no_inline int libos_define_method(JSContext *ctx, JSStackFrame *sf, JSValue *slot, JSValueConst object,
                                         JSAtom name, int op_flags) {
  JSValue marker = *slot;
  JSObject *p = JS_VALUE_GET_OBJ(object);
  JSProperty *property;
  uint32_t index;
  if (libos_is_marker(marker)) {
    index = libos_marked_index(marker);
    if (!p->is_exotic && p->extensible && !find_own_property(&property, p, name)) {
      int is_kept = libos_keep_locals(ctx, sf, JS_VALUE_GET_INT(marker));
      if (is_kept < 0)
        return -1;
      int flags = JS_PROP_CONFIGURABLE | JS_PROP_WRITABLE |
                  (op_flags & OP_DEFINE_METHOD_ENUMERABLE ? JS_PROP_ENUMERABLE : 0);
      if (is_kept)
        return JS_DefineAutoInitProperty(ctx, object, name, JS_AUTOINIT_ID_BYTECODE,
                                         (void *)(uintptr_t)(index + LIBOS_FIRST_METHOD), flags);
    }
    *slot = libos_make_closure(ctx, index, sf);
  } else {
    /* The head: a loop comes here again. */
    *slot = js_closure(ctx, marker, ctx->libos_program->module->u.func.var_refs, sf);
  }
  return JS_IsException(*slot) ? -1 : 0;
}

/*
 * `set_home_object` in the module's code, where a constant lies on the stack in place of a function. Returns
 * 0, or -1 with an exception; the function lies on the stack then, or what stands for it still.
 */
static no_inline int libos_set_home(JSContext *ctx, JSStackFrame *sf, JSValue *slot, JSValueConst home) {
  if (libos_is_marker(*slot)) {
    struct LibosPrivate *private = libos_private(ctx, *slot);
    if (!private->home) {
      int is_kept = libos_keep_locals(ctx, sf, JS_VALUE_GET_INT(*slot));
      if (is_kept < 0)
        return -1;
      if (is_kept) {
        private->home = JS_VALUE_GET_OBJ(js_dup(home));
        return 0;
      }
    }
    *slot = libos_make_closure(ctx, libos_marked_index(*slot), sf);
  } else if (JS_VALUE_GET_TAG(*slot) == JS_TAG_FUNCTION_BYTECODE) {
    *slot = js_closure(ctx, *slot, ctx->libos_program->module->u.func.var_refs, sf);
  }
  return JS_IsException(*slot) ? -1 : 0;
}

/* Makes what a variable's marker stands for. */
static JSValue libos_make_named(JSContext *ctx, JSValueConst marker) {
  struct LibosPrivate *private = libos_private(ctx, marker);
  JSValue function = libos_make_closure(ctx, libos_marked_index(marker), NULL);
  if (JS_IsException(function) || !private)
    return function;
  js_method_set_home_object(ctx, function, JS_MKPTR(JS_TAG_OBJECT, private->home));
  if (!JS_DefineObjectName(ctx, function, private->name, JS_PROP_CONFIGURABLE))
    return function;
  JS_FreeValue(ctx, function);
  return JS_EXCEPTION;
}

/* A method is looked at for the first time. */
static JSValue libos_make_method(JSContext *ctx, JSObject *p, JSAtom name, uint32_t index) {
  JSValue method = libos_make_closure(ctx, index, NULL);
  if (JS_IsException(method))
    return method;
  if (js_method_set_properties(ctx, method, name, JS_PROP_HAS_VALUE, JS_MKPTR(JS_TAG_OBJECT, p)) < 0) {
    JS_FreeValue(ctx, method);
    return JS_EXCEPTION;
  }
  return method;
}

/* Reads a function that is called for the first time, and makes those that it may name. */
static no_inline int libos_read_function(JSObject *function) {
  JSFunctionBytecode *b = function->u.func.function_bytecode;
  for (int i = 0; i < b->closure_var_count; i++) {
    JSVarRef *variable = function->u.func.var_refs[i];
    if (!libos_is_marker(*variable->pvalue))
      continue;
    JSValue named = libos_make_named(b->realm, *variable->pvalue);
    if (JS_IsException(named))
      return -1;
    *variable->pvalue = named;
  }
  return libos_read_body(b);
}

/* An instruction's variable from outside, or -1. */
static int libos_var_ref(const uint8_t *at) {
  switch (*at) {
  case OP_get_var_ref ... OP_set_var_ref:
  case OP_get_var_ref_check ... OP_put_var_ref_check_init:
    return get_u16(at + 1);
  case OP_get_var_ref0 ... OP_set_var_ref3:
    return (*at - OP_get_var_ref0) & 3;
  case OP_make_var_ref_ref:
    return get_u16(at + 5);
  default:
    return -1;
  }
}

/* An instruction's local variable, or -1. What begins or ends one does not look at it. */
static int libos_local(const uint8_t *at) {
  switch (*at) {
  case OP_get_loc ... OP_set_loc:
  case OP_get_loc_check ... OP_put_loc_check_init:
    return get_u16(at + 1);
  case OP_get_loc8 ... OP_set_loc8:
  case OP_dec_loc ... OP_add_loc:
    return at[1];
  case OP_get_loc0 ... OP_set_loc3:
    return (*at - OP_get_loc0) & 3;
  case OP_make_loc_ref:
    return get_u16(at + 5);
  default:
    return -1;
  }
}

static bool libos_is_put_local(uint8_t instruction) {
  return instruction == OP_put_loc || instruction == OP_put_loc8 ||
         (instruction >= OP_put_loc0 && instruction <= OP_put_loc3);
}

/* Whether an instruction makes a function, or has another constant; which one. */
static bool libos_constant(const uint8_t *at, uint32_t *index, bool *is_function) {
  bool is_short = *at == OP_fclosure8 || *at == OP_push_const8;
  *is_function = *at == OP_fclosure || *at == OP_fclosure8;
  if (!is_short && !*is_function && *at != OP_push_const)
    return false;
  *index = is_short ? at[1] : get_u32(at + 1);
  return true;
}

static bool libos_is_put(uint8_t instruction) {
  return instruction == OP_put_var_ref || (instruction >= OP_put_var_ref0 && instruction <= OP_put_var_ref3);
}

/* Whether a marker's function takes variables of the module's blocks. */
static bool libos_takes_locals(JSContext *ctx, JSValueConst marker) {
  BCReaderState s = libos_reader(ctx, ctx->libos_program->start + (uint32_t)JS_VALUE_GET_INT(marker));
  JSFunctionBytecode head;
  uint32_t name;
  if (libos_parse_head(&s, &head, &name))
    return true;
  const uint8_t *at = head.libos_rest;
  for (int i = 0; i < head.closure_var_count; i++) {
    JSClosureVar variable;
    libos_get_place(&at, &variable);
    if (variable.closure_type != JS_CLOSURE_REF)
      return true;
  }
  return false;
}

static inline int libos_size(const uint8_t *at) { return libos_instructions[*at] & (LIBOS_NAMED - 1); }

/* A module's function runs twice, and the first time up to here. */
static const uint8_t *libos_begin_end(const uint8_t *code, const uint8_t *end) {
  if (code == end || *code != OP_push_this)
    return code;
  for (const uint8_t *at = code; at < end; at += libos_size(at))
    if (*at == OP_return_undef)
      return at;
  return code;
}

/* Where the function that `at` makes becomes a class's and is put into a local variable: that instruction,
 * and the function's name. */
static const uint8_t *libos_private_put(const uint8_t *at, JSAtom *name) {
  *name = JS_ATOM_NULL;
  at += libos_size(at);
  if (*at != OP_set_home_object)
    return NULL;
  at += libos_size(at);
  if (*at == OP_set_name) {
    *name = get_u32(at + 1);
    at += libos_size(at);
  }
  return libos_is_put_local(*at) ? at : NULL;
}

/* What the module's own code, an `eval` in it, or other modules look at. */
typedef struct LibosSeen {
  uint8_t *var_refs, *locals;
} LibosSeen;

static void libos_find_seen(const JSModuleDef *module, const JSFunctionBytecode *b, const uint8_t *begin,
                            LibosSeen *seen) {
  const uint8_t *code = b->byte_code_buf, *end = code + b->byte_code_len, *put = NULL;
  uint32_t index;
  bool is_function;
  JSAtom name;
  memset(seen->var_refs, b->has_names, b->closure_var_count + b->var_count);
  for (int i = 0; i < module->export_entries_count; i++)
    if (module->export_entries[i].export_type == JS_EXPORT_TYPE_LOCAL)
      seen->var_refs[module->export_entries[i].u.local.var_idx] = true;
  for (const uint8_t *at = code; at < end; at += libos_size(at)) {
    if (!(libos_instructions[*at] & LIBOS_INDEXED))
      continue;
    if (libos_constant(at, &index, &is_function)) {
      put = at + libos_size(at);
      if (!is_function)
        put = NULL;
      else if (put >= begin || !libos_is_put(*put))
        put = libos_private_put(at, &name);
      continue;
    }
    int variable = libos_var_ref(at), local = variable < 0 ? libos_local(at) : -1;
    if (variable >= 0 && at != put)
      seen->var_refs[variable] = true;
    if (local >= 0 && at != put)
      seen->locals[local] = true;
    if (*at == OP_get_loc0_loc1)
      seen->locals[0] = seen->locals[1] = true;
  }
}

/* Gives a marker a number among the private functions. */
static int libos_number(JSContext *ctx, JSValue *constant, JSAtom name) {
  struct LibosProgram *program = ctx->libos_program;
  int count = program->private_count;
  if (count % 64 == 0) {
    void *more = js_realloc(ctx, program->privates, (count + 64) * sizeof(program->privates[0]));
    if (!more)
      return -1;
    program->privates = more;
  }
  program->privates[count] = (struct LibosPrivate){.name = name};
  program->private_count = ++count;
  *constant = libos_marker(libos_marked_index(*constant), JS_VALUE_GET_INT(*constant), count);
  return 0;
}

/*
 * Makes the module's code put markers away, and reads the heads of all other functions. Returns 0, or -1
 * with an exception.
 */
static int libos_defer(JSContext *ctx, const JSModuleDef *module, JSFunctionBytecode *b) {
  uint8_t *code = b->byte_code_buf, *end = code + b->byte_code_len;
  /* Where the module's variables get their first values, before anything is called. */
  const uint8_t *begin = libos_begin_end(code, end);
  LibosSeen seen = {.var_refs = js_malloc(ctx, b->closure_var_count + b->var_count + 1)};
  if (!seen.var_refs)
    return -1;
  seen.locals = seen.var_refs + b->closure_var_count;
  libos_find_seen(module, b, begin, &seen);
  int result = 0;
  /* In a class, before anything of it is computed, which could call what has its variables. */
  bool is_plain = false;
  for (uint8_t *at = code; at < end && !result; at += libos_size(at)) {
    uint32_t index;
    bool is_function;
    JSAtom name;
    if (*at == OP_define_class || *at == OP_to_propkey || *at == OP_to_propkey2)
      is_plain = *at == OP_define_class;
    if (!libos_constant(at, &index, &is_function) || !libos_is_marker(b->cpool[index]))
      continue;
    const uint8_t *next = at + libos_size(at), *put = is_function && is_plain ? libos_private_put(at, &name) : NULL;
    bool is_method = is_function && *next == OP_define_method &&
                     !(next[5] & (OP_DEFINE_METHOD_GETTER | OP_DEFINE_METHOD_SETTER));
    bool is_declared = is_function && next < begin && libos_is_put(*next) &&
                       !seen.var_refs[libos_var_ref(next)] && !libos_takes_locals(ctx, b->cpool[index]);
    bool is_private = put && !seen.locals[libos_local(put)] &&
                      ctx->libos_program->private_count < (1 << LIBOS_INDEX_BITS) - 1;
    if (is_private)
      result = libos_number(ctx, &b->cpool[index], name);
    if (is_method || is_declared || is_private)
      *at = *at == OP_fclosure ? OP_push_const : OP_push_const8;
    else if (!libos_head(ctx, index))
      result = -1;
  }
  js_free(ctx, seen.var_refs);
  return result;
}

/* Called where a module gets its function object, which lives as long as the context. */
static void libos_keep_module(JSContext *ctx, JSFunctionBytecode *b, JSObject *function) {
  if (ctx->libos_program && ctx->libos_program->code == b)
    ctx->libos_program->module = function;
}

/* Lets go of what the program keeps for functions that were not made. */
static void libos_free_kept(JSContext *ctx, struct LibosProgram *program) {
  for (int i = 0; i < program->local_count; i++)
    if (program->locals[i])
      free_var_ref(ctx->rt, program->locals[i]);
  for (int i = 0; i < program->private_count; i++)
    if (program->privates[i].home)
      JS_FreeValue(ctx, JS_MKPTR(JS_TAG_OBJECT, program->privates[i].home));
  js_free(ctx, program->locals);
  js_free(ctx, program->privates);
}

#endif
