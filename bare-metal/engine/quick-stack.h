/* The quick interpreter (quick.h): what moves values, jumps, and asks about a value. */

/* Pushing, and what moves values on the stack. */
#define PUSH(name, value, length)                                                                  \
  OP(name) {                                                                                       \
    *sp++ = (value);                                                                               \
    pc += (length);                                                                                \
    NEXT;                                                                                          \
  }
PUSH(push_minus1, js_int32(-1), 0)
PUSH(push_0, js_int32(0), 0)
PUSH(push_1, js_int32(1), 0)
PUSH(push_2, js_int32(2), 0)
PUSH(push_3, js_int32(3), 0)
PUSH(push_4, js_int32(4), 0)
PUSH(push_5, js_int32(5), 0)
PUSH(push_6, js_int32(6), 0)
PUSH(push_7, js_int32(7), 0)
PUSH(push_i8, js_int32(get_i8(pc)), 1)
PUSH(push_i16, js_int32(get_i16(pc)), 2)
PUSH(push_i32, js_int32(get_u32(pc)), 4)
PUSH(push_const, quick_counted(run->code->cpool[get_u32(pc)]), 4)
PUSH(push_const8, quick_counted(run->code->cpool[*pc]), 1)
PUSH(undefined, JS_UNDEFINED, 0)
PUSH(null, JS_NULL, 0)
PUSH(push_false, JS_FALSE, 0)
PUSH(push_true, JS_TRUE, 0)
PUSH(push_empty_string, js_empty_string(run->ctx->rt), 0)
PUSH(catch, JS_NewCatchOffset(run->ctx, pc + (int32_t)get_u32(pc) - run->code->byte_code_buf), 4)
PUSH(get_loc0, quick_counted(var_buf[0]), 0)
PUSH(get_loc1, quick_counted(var_buf[1]), 0)
PUSH(get_loc2, quick_counted(var_buf[2]), 0)
PUSH(get_loc3, quick_counted(var_buf[3]), 0)
PUSH(get_loc8, quick_counted(var_buf[*pc]), 1)
PUSH(get_loc, quick_counted(var_buf[get_u16(pc)]), 2)
PUSH(get_arg0, quick_counted(arg_buf[0]), 0)
PUSH(get_arg1, quick_counted(arg_buf[1]), 0)
PUSH(get_arg2, quick_counted(arg_buf[2]), 0)
PUSH(get_arg3, quick_counted(arg_buf[3]), 0)
PUSH(get_arg, quick_counted(arg_buf[get_u16(pc)]), 2)
PUSH(get_var_ref0, quick_counted(*var_refs[0]->pvalue), 0)
PUSH(get_var_ref1, quick_counted(*var_refs[1]->pvalue), 0)
PUSH(get_var_ref2, quick_counted(*var_refs[2]->pvalue), 0)
PUSH(get_var_ref3, quick_counted(*var_refs[3]->pvalue), 0)
PUSH(get_var_ref, quick_counted(*var_refs[get_u16(pc)]->pvalue), 2)

OP(get_loc0_loc1) {
  sp[0] = quick_counted(var_buf[0]);
  sp[1] = quick_counted(var_buf[1]);
  sp += 2;
  NEXT;
}
OP(get_var_ref_check) {
  JSValue value = *var_refs[get_u16(pc)]->pvalue;
  if (unlikely(JS_IsUninitialized(value)))
    LEAVE;
  *sp++ = quick_counted(value);
  pc += 2;
  NEXT;
}
OP(get_loc_check) {
  JSValue value = var_buf[get_u16(pc)];
  if (unlikely(JS_IsUninitialized(value)))
    LEAVE;
  *sp++ = quick_counted(value);
  pc += 2;
  NEXT;
}
OP(push_this) {
  if (unlikely(!run->code->is_strict_mode && TAG(run->this_value) != (uint32_t)JS_TAG_OBJECT))
    LEAVE;
  *sp++ = quick_counted(run->this_value);
  NEXT;
}
OP(push_atom_value) {
  JSValue value = JS_AtomToValue(run->ctx, get_u32(pc));
  RELOAD;
  *sp++ = value;
  pc += 4;
  NEXT;
}
OP(drop) {
  sp--;
  FREE_NEXT(*sp);
}
OP(nip) {
  JSValue under = sp[-2];
  sp[-2] = sp[-1];
  sp--;
  FREE_NEXT(under);
}
OP(dup) {
  sp[0] = quick_counted(sp[-1]);
  sp++;
  NEXT;
}
OP(dup2) {
  sp[0] = quick_counted(sp[-2]);
  sp[1] = quick_counted(sp[-1]);
  sp += 2;
  NEXT;
}
OP(insert2) {
  sp[0] = sp[-1];
  sp[-1] = sp[-2];
  sp[-2] = quick_counted(sp[0]);
  sp++;
  NEXT;
}
OP(insert3) {
  sp[0] = sp[-1];
  sp[-1] = sp[-2];
  sp[-2] = sp[-3];
  sp[-3] = quick_counted(sp[0]);
  sp++;
  NEXT;
}
OP(perm3) {
  JSValue under = sp[-2];
  sp[-2] = sp[-3];
  sp[-3] = under;
  NEXT;
}
OP(swap) {
  JSValue under = sp[-2];
  sp[-2] = sp[-1];
  sp[-1] = under;
  NEXT;
}

/* Variables are written before what they held is freed: freeing may run whatever a finalizer
 * does. */
#define STORE(name, place, length, value)                                                          \
  OP(name) {                                                                                       \
    JSValue *target = &(place);                                                                    \
    JSValue old = *target;                                                                         \
    *target = (value);                                                                             \
    pc += (length);                                                                                \
    FREE_NEXT(old);                                                                                \
  }
#define PUT(name, place, length) STORE(name, place, length, *--sp)
PUT(put_loc0, var_buf[0], 0)
PUT(put_loc1, var_buf[1], 0)
PUT(put_loc2, var_buf[2], 0)
PUT(put_loc3, var_buf[3], 0)
PUT(put_loc8, var_buf[*pc], 1)
PUT(put_loc, var_buf[get_u16(pc)], 2)
PUT(put_arg0, arg_buf[0], 0)
PUT(put_arg1, arg_buf[1], 0)
PUT(put_var_ref0, *var_refs[0]->pvalue, 0)
PUT(put_var_ref1, *var_refs[1]->pvalue, 0)
PUT(put_var_ref, *var_refs[get_u16(pc)]->pvalue, 2)

#define SET(name, place, length) STORE(name, place, length, quick_counted(sp[-1]))
SET(set_loc0, var_buf[0], 0)
SET(set_loc1, var_buf[1], 0)
SET(set_loc2, var_buf[2], 0)
SET(set_loc3, var_buf[3], 0)
SET(set_loc8, var_buf[*pc], 1)
SET(set_loc, var_buf[get_u16(pc)], 2)
SET(set_var_ref0, *var_refs[0]->pvalue, 0)
SET(set_var_ref, *var_refs[get_u16(pc)]->pvalue, 2)

OP(set_loc_uninitialized) {
  JSValue old = var_buf[get_u16(pc)];
  var_buf[get_u16(pc)] = JS_UNINITIALIZED;
  pc += 2;
  FREE_NEXT(old);
}
OP(put_loc_check_init) {
  if (unlikely(!JS_IsUninitialized(var_buf[get_u16(pc)])))
    LEAVE;
  var_buf[get_u16(pc)] = *--sp;
  pc += 2;
  NEXT;
}
OP(put_var_ref_check) {
  JSValue *target = var_refs[get_u16(pc)]->pvalue;
  JSValue old = *target;
  if (unlikely(JS_IsUninitialized(old)))
    LEAVE;
  *target = *--sp;
  pc += 2;
  FREE_NEXT(old);
}

/* Jumps. Only those that go back can be without end, so only they ask whether to stop. */
#define JUMP(offset, length)                                                                       \
  do {                                                                                             \
    int by = (offset);                                                                             \
    if (by < 0 && unlikely(--run->ctx->interrupt_counter <= 0)) {                                  \
      run->ctx->interrupt_counter++;                                                               \
      LEAVE;                                                                                       \
    }                                                                                              \
    pc += by;                                                                                      \
  } while (0)
OP(goto8) {
  JUMP((int8_t)pc[0], 1);
  NEXT;
}
OP(goto16) {
  JUMP((int16_t)get_u16(pc), 2);
  NEXT;
}
OP(goto) {
  JUMP((int32_t)get_u32(pc), 4);
  NEXT;
}
/* The value becomes a boolean, and the instruction is done again. */
RARE(truth) {
  bool truth = JS_ToBoolFree(run->ctx, sp[-1]);
  RELOAD;
  sp[-1] = js_bool(truth);
  pc--;
  NEXT;
}
#define BRANCH(name, condition, offset, length)                                                    \
  OP(name) {                                                                                       \
    bool truth;                                                                                    \
    if (unlikely(!IS_PLAIN(sp[-1])))                                                               \
      GO(truth);                                                                                   \
    truth = JS_VALUE_GET_INT(sp[-1]) != 0;                                                         \
    if (condition)                                                                                 \
      JUMP(offset, length);                                                                        \
    else                                                                                           \
      pc += (length);                                                                              \
    sp--;                                                                                          \
    NEXT;                                                                                          \
  }
BRANCH(if_false8, !truth, (int8_t)pc[0], 1)
BRANCH(if_true8, truth, (int8_t)pc[0], 1)
BRANCH(if_false, !truth, (int32_t)get_u32(pc), 4)
BRANCH(if_true, truth, (int32_t)get_u32(pc), 4)

OP(lnot) {
  if (unlikely(!IS_PLAIN(sp[-1])))
    GO(truth);
  sp[-1] = js_bool(JS_VALUE_GET_INT(sp[-1]) == 0);
  NEXT;
}
#define QUESTION(name, test)                                                                       \
  OP(name) {                                                                                       \
    JSValue value = sp[-1];                                                                        \
    sp[-1] = js_bool(test);                                                                        \
    FREE_NEXT(value);                                                                              \
  }
QUESTION(is_undefined, TAG(value) == JS_TAG_UNDEFINED)
QUESTION(is_null, TAG(value) == JS_TAG_NULL)
QUESTION(typeof_is_function, js_operator_typeof(run->ctx, value) == JS_ATOM_function)
QUESTION(typeof_is_undefined, js_operator_typeof(run->ctx, value) == JS_ATOM_undefined)
QUESTION(is_undefined_or_null, TAG(value) == JS_TAG_UNDEFINED || TAG(value) == JS_TAG_NULL)
