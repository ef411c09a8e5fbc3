/*
 * The writer of what `lazy.h` reads: functions with their length before them (`SPEC.md`).
 */
#ifndef LIBOS_LAZY_WRITER_H
#define LIBOS_LAZY_WRITER_H

static void libos_put_head(BCWriterState *s, const JSFunctionBytecode *b) {
  uint32_t flags = 0;
  int bit = 0;
  bc_put_u8(s, BC_TAG_FUNCTION_BYTECODE);
  bc_set_flags(&flags, &bit, b->has_prototype, 1);
  bc_set_flags(&flags, &bit, b->has_simple_parameter_list, 1);
  bc_set_flags(&flags, &bit, b->is_derived_class_constructor, 1);
  bc_set_flags(&flags, &bit, b->need_home_object, 1);
  bc_set_flags(&flags, &bit, b->func_kind, 2);
  bc_set_flags(&flags, &bit, b->new_target_allowed, 1);
  bc_set_flags(&flags, &bit, b->super_call_allowed, 1);
  bc_set_flags(&flags, &bit, b->super_allowed, 1);
  bc_set_flags(&flags, &bit, b->arguments_allowed, 1);
  bc_set_flags(&flags, &bit, b->backtrace_barrier, 1);
  bc_set_flags(&flags, &bit, b->is_strict_mode, 1);
  assert(bit == LIBOS_FLAG_BITS);
  bc_put_u16(s, flags | (s->allow_debug ? LIBOS_HAS_LINES : 0));
  bc_put_atom(s, b->func_name);
  bc_put_leb128(s, b->defined_arg_count);
  if (s->allow_debug) {
    bc_put_leb128(s, b->line_num);
    bc_put_leb128(s, b->col_num);
  }
  bc_put_leb128(s, b->closure_var_count);
}

/* Only a direct `eval` asks which variables are in scope. */
static bool libos_calls_eval(const JSFunctionBytecode *b) {
  for (int at = 0; at < b->byte_code_len; at += short_opcode_info(b->byte_code_buf[at]).size)
    if (b->byte_code_buf[at] == OP_eval || b->byte_code_buf[at] == OP_apply_eval)
      return true;
  return false;
}

static void libos_put_variable(BCWriterState *s, const JSVarDef *variable, bool has_scopes) {
  uint32_t flags = 0;
  int bit = 0;
  bc_put_atom(s, variable->var_name);
  bc_set_flags(&flags, &bit, variable->var_kind, 4);
  bc_set_flags(&flags, &bit, variable->is_const, 1);
  bc_set_flags(&flags, &bit, variable->is_lexical, 1);
  bc_set_flags(&flags, &bit, variable->is_captured, 1);
  bc_put_u8(s, flags);
  if (variable->is_captured)
    bc_put_leb128(s, variable->var_ref_idx);
#ifndef QJS_DISABLE_PARSER
  if (has_scopes) {
    bc_put_leb128(s, variable->scope_level);
    bc_put_leb128(s, variable->scope_next + 1);
  }
#endif
}

static void libos_put_closure_var(BCWriterState *s, const JSClosureVar *variable) {
  uint32_t flags = 0;
  int bit = 0;
  bc_set_flags(&flags, &bit, variable->closure_type, 3);
  bc_set_flags(&flags, &bit, variable->is_const, 1);
  bc_set_flags(&flags, &bit, variable->is_lexical, 1);
  bc_set_flags(&flags, &bit, variable->var_kind, 4);
  bc_put_atom(s, variable->var_name);
  bc_put_leb128(s, variable->var_idx);
  bc_put_leb128(s, flags);
}

static int libos_put_rest(BCWriterState *s, const JSFunctionBytecode *b) {
  bool has_scopes = libos_calls_eval(b);
  for (int i = 0; i < b->closure_var_count; i++)
    libos_put_closure_var(s, &b->closure_var[i]);
  bc_put_leb128(s, b->arg_count << 1 | has_scopes);
  bc_put_leb128(s, b->var_count);
  bc_put_leb128(s, b->stack_size);
  bc_put_leb128(s, b->var_ref_count);
  bc_put_leb128(s, b->cpool_count);
  for (int i = 0; i < b->arg_count + b->var_count; i++)
    libos_put_variable(s, &b->vardefs[i], has_scopes);
  for (int i = 0; i < b->cpool_count; i++)
    if (JS_WriteObjectRec(s, b->cpool[i]))
      return -1;
  if (s->allow_debug) {
    bc_put_leb128(s, b->pc2line_len);
    dbuf_put(&s->dbuf, b->pc2line_buf, b->pc2line_len);
  }
  return JS_WriteFunctionBytecode(s, b);
}

static int libos_write_function(BCWriterState *s, JSValueConst value) {
  const JSFunctionBytecode *b = JS_VALUE_GET_PTR(value);
  libos_put_head(s, b);
  DynBuf before = s->dbuf;
  js_dbuf_init(s->ctx, &s->dbuf);
  int result = libos_put_rest(s, b);
  DynBuf rest = s->dbuf;
  s->dbuf = before;
  bc_put_leb128(s, rest.size);
  dbuf_put(&s->dbuf, rest.buf, rest.size);
  if (!result && (dbuf_error(&rest) || dbuf_error(&s->dbuf))) {
    JS_ThrowOutOfMemory(s->ctx);
    result = -1;
  }
  dbuf_free(&rest);
  return result;
}

/* What a program begins with: what stack traces call its file. */
static void libos_put_file(BCWriterState *s, JSValueConst value) {
  bool has_file = s->allow_debug && JS_VALUE_GET_TAG(value) == JS_TAG_MODULE;
  bc_put_atom(s, has_file ? ((JSModuleDef *)JS_VALUE_GET_PTR(value))->module_name : JS_ATOM_NULL);
}

#endif
