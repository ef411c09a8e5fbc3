/* The quick interpreter (quick.h): calls and returns. */

/* Calls: a function of JavaScript's that ran before gets its frame here, if it is small and there
 * is stack. */
QUICK_INLINE JSValue quick_invoke(QuickRun *run, JSValue function, JSValue this_value, int argc,
                                  JSValue *args) {
  if (likely(TAG(function) == (uint32_t)JS_TAG_OBJECT)) {
    JSObject *object = JS_VALUE_GET_OBJ(function);
    if (likely(object->class_id == JS_CLASS_BYTECODE_FUNCTION &&
               object->u.func.function_bytecode->is_quick && quick_may_call(run->ctx)))
      return quick_enter(object, this_value, argc, args);
    if (object->class_id == JS_CLASS_C_FUNCTION && likely(run->ctx->interrupt_counter > 1)) {
      run->ctx->interrupt_counter--;
      return js_call_c_function(run->ctx, function, this_value, argc, vc(args), 0);
    }
  }
  return libos_call(run->ctx, function, this_value, argc, vc(args), 0);
}
/* What a call destroyed is in memory still. Frees from `first` on, and puts the result there. */
#define AFTER_CALL(first)                                                                          \
  do {                                                                                             \
    sp = run->sp;                                                                                  \
    pc = run->sf->cur_pc;                                                                          \
    if (unlikely(JS_IsException(result)))                                                          \
      THROW;                                                                                       \
    JSValue *end = sp - argc - (first);                                                            \
    do                                                                                             \
      quick_free(run, *--sp);                                                                      \
    while (sp != end);                                                                             \
    var_buf = run->sf->var_buf;                                                                    \
    RELOAD;                                                                                        \
    *sp++ = result;                                                                                \
    NEXT;                                                                                          \
  } while (0)
#define CALL(name, count, length)                                                                  \
  OP(name) {                                                                                       \
    int argc = (count);                                                                            \
    run->sf->cur_pc = pc + (length);                                                               \
    run->sp = sp;                                                                                  \
    JSValue result = quick_invoke(run, sp[-argc - 1], JS_UNDEFINED, argc, sp - argc);              \
    AFTER_CALL(1);                                                                                 \
  }
CALL(call0, 0, 0)
CALL(call1, 1, 0)
CALL(call2, 2, 0)
CALL(call3, 3, 0)
CALL(call, get_u16(pc), 2)
OP(call_method) {
  int argc = get_u16(pc);
  run->sf->cur_pc = pc + 2;
  run->sp = sp;
  JSValue result = quick_invoke(run, sp[-argc - 1], sp[-argc - 2], argc, sp - argc);
  argc = get_u16(run->sf->cur_pc - 2);
  AFTER_CALL(2);
}
/* The frame is freed by whoever made it. */
#define TAIL(name, this_value)                                                                     \
  OP(name) {                                                                                       \
    int argc = get_u16(pc);                                                                        \
    JSValue *args = sp - argc;                                                                     \
    pc += 2;                                                                                       \
    run->sf->cur_pc = pc;                                                                          \
    run->result = libos_call(run->ctx, args[-1], this_value, argc, vc(args), 0);                   \
    run->pc = pc;                                                                                  \
    run->sp = sp;                                                                                  \
    return JS_IsException(run->result) ? QUICK_THROW : QUICK_RETURN;                               \
  }
TAIL(tail_call, JS_UNDEFINED)
TAIL(tail_call_method, args[-2])
OP(call_constructor) {
  int argc = get_u16(pc);
  JSValue *args = sp - argc;
  pc += 2;
  run->sf->cur_pc = pc;
  run->sp = sp;
  JSValue result = JS_CallConstructorInternal(run->ctx, args[-2], args[-1], argc, vc(args), 0);
  AFTER_CALL(2);
}
OP(return) {
  run->result = *--sp;
  run->sp = sp;
  return QUICK_RETURN;
}
OP(return_undef) {
  run->result = JS_UNDEFINED;
  run->sp = sp;
  return QUICK_RETURN;
}
