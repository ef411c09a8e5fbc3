/* The quick interpreter (quick.h): arithmetic and comparisons. */

/* Numbers; all else is for the engine. */
#define NUMBERS(name, result)                                                                      \
  RARE(name##_numbers) {                                                                           \
    double left, right;                                                                            \
    if (unlikely(!js_arith_to_float64(sp[-2], &left) || !js_arith_to_float64(sp[-1], &right)))     \
      LEAVE;                                                                                       \
    sp[-2] = (result);                                                                             \
    sp--;                                                                                          \
    NEXT;                                                                                          \
  }
NUMBERS(add, js_float64(left + right))
NUMBERS(sub, js_float64(left - right))
NUMBERS(mul, js_float64(left * right))
NUMBERS(lt, js_bool(left < right))
NUMBERS(lte, js_bool(left <= right))
NUMBERS(gt, js_bool(left > right))
NUMBERS(gte, js_bool(left >= right))
#define ARITHMETIC(name, expression)                                                               \
  OP(name) {                                                                                       \
    if (unlikely(!JS_VALUE_IS_BOTH_INT(sp[-2], sp[-1])))                                           \
      LEAVE;                                                                                       \
    int64_t left = JS_VALUE_GET_INT(sp[-2]), right = JS_VALUE_GET_INT(sp[-1]);                     \
    int64_t result = (expression);                                                                 \
    if (unlikely((int)result != result))                                                           \
      LEAVE;                                                                                       \
    sp[-2] = js_int32(result);                                                                     \
    sp--;                                                                                          \
    NEXT;                                                                                          \
  }
ARITHMETIC(and, left & right)
ARITHMETIC(or, left | right)
ARITHMETIC(xor, left ^ right)
ARITHMETIC(sar, (int32_t)left >> (right & 31))
ARITHMETIC(shl, (int32_t)((uint32_t)left << (right & 31)))
ARITHMETIC(shr, (int64_t)((uint32_t)left >> (right & 31)))
OP(sub) {
  if (unlikely(!JS_VALUE_IS_BOTH_INT(sp[-2], sp[-1])))
    GO(sub_numbers);
  int64_t result = (int64_t)JS_VALUE_GET_INT(sp[-2]) - JS_VALUE_GET_INT(sp[-1]);
  if (unlikely((int)result != result))
    GO(sub_numbers);
  sp[-2] = js_int32(result);
  sp--;
  NEXT;
}
/* A product of 0 may be -0. */
OP(mul) {
  if (unlikely(!JS_VALUE_IS_BOTH_INT(sp[-2], sp[-1])))
    GO(mul_numbers);
  int64_t left = JS_VALUE_GET_INT(sp[-2]), right = JS_VALUE_GET_INT(sp[-1]);
  int64_t result = left * right;
  if (unlikely((int)result != result || (result == 0 && (left | right) < 0)))
    GO(mul_numbers);
  sp[-2] = js_int32(result);
  sp--;
  NEXT;
}
RARE(add_slow) {
  run->sf->cur_pc = pc;
  if (js_add_slow(run->ctx, sp))
    THROW;
  RELOAD;
  sp--;
  NEXT;
}
OP(add) {
  if (unlikely(!JS_VALUE_IS_BOTH_INT(sp[-2], sp[-1]))) {
    if (TAG(sp[-2]) == (uint32_t)JS_TAG_STRING || TAG(sp[-1]) == (uint32_t)JS_TAG_STRING)
      GO(add_slow);
    GO(add_numbers);
  }
  int64_t result = (int64_t)JS_VALUE_GET_INT(sp[-2]) + JS_VALUE_GET_INT(sp[-1]);
  if (unlikely((int)result != result))
    GO(add_numbers);
  sp[-2] = js_int32(result);
  sp--;
  NEXT;
}
#define STEP(name, edge, by)                                                                       \
  OP(name) {                                                                                       \
    if (unlikely(TAG(sp[-1]) != JS_TAG_INT || JS_VALUE_GET_INT(sp[-1]) == (edge)))                 \
      LEAVE;                                                                                       \
    sp[-1] = js_int32(JS_VALUE_GET_INT(sp[-1]) + (by));                                            \
    NEXT;                                                                                          \
  }                                                                                                \
  OP(post_##name) {                                                                                \
    if (unlikely(TAG(sp[-1]) != JS_TAG_INT || JS_VALUE_GET_INT(sp[-1]) == (edge)))                 \
      LEAVE;                                                                                       \
    sp[0] = js_int32(JS_VALUE_GET_INT(sp[-1]) + (by));                                             \
    sp++;                                                                                          \
    NEXT;                                                                                          \
  }                                                                                                \
  OP(name##_loc) {                                                                                 \
    JSValue *place = &var_buf[*pc];                                                                \
    if (unlikely(TAG(*place) != JS_TAG_INT || JS_VALUE_GET_INT(*place) == (edge)))                 \
      LEAVE;                                                                                       \
    *place = js_int32(JS_VALUE_GET_INT(*place) + (by));                                            \
    pc++;                                                                                          \
    NEXT;                                                                                          \
  }
STEP(inc, INT32_MAX, 1)
STEP(dec, INT32_MIN, -1)
OP(add_loc) {
  JSValue *place = &var_buf[*pc];
  if (unlikely(!JS_VALUE_IS_BOTH_INT(*place, sp[-1])))
    LEAVE;
  int64_t result = (int64_t)JS_VALUE_GET_INT(*place) + JS_VALUE_GET_INT(sp[-1]);
  if (unlikely((int)result != result))
    LEAVE;
  *place = js_int32(result);
  sp--;
  pc++;
  NEXT;
}
#define COMPARE(name, operator)                                                                    \
  OP(name) {                                                                                       \
    if (unlikely(!JS_VALUE_IS_BOTH_INT(sp[-2], sp[-1])))                                           \
      GO(name##_numbers);                                                                          \
    sp[-2] = js_bool(JS_VALUE_GET_INT(sp[-2]) operator JS_VALUE_GET_INT(sp[-1]));                  \
    sp--;                                                                                          \
    NEXT;                                                                                          \
  }
COMPARE(lt, <)
COMPARE(lte, <=)
COMPARE(gt, >)
COMPARE(gte, >=)
#define EQUAL(name, slow, is_strict, is_not)                                                       \
  RARE(name##_slow) {                                                                              \
    run->sf->cur_pc = pc;                                                                          \
    if (slow(run->ctx, sp, is_not))                                                                \
      THROW;                                                                                       \
    RELOAD;                                                                                        \
    sp--;                                                                                          \
    NEXT;                                                                                          \
  }                                                                                                \
  OP(name) {                                                                                       \
    if (unlikely(!IS_PLAIN(sp[-2]) || !IS_PLAIN(sp[-1]) ||                                         \
                 (TAG(sp[-2]) != TAG(sp[-1]) && !(is_strict))))                                    \
      GO(name##_slow);                                                                             \
    bool is_same = TAG(sp[-2]) == TAG(sp[-1]) &&                                                   \
                   JS_VALUE_GET_INT(sp[-2]) == JS_VALUE_GET_INT(sp[-1]);                           \
    sp[-2] = js_bool(is_same != (is_not));                                                         \
    sp--;                                                                                          \
    NEXT;                                                                                          \
  }
EQUAL(eq, js_eq_slow, 0, 0)
EQUAL(neq, js_eq_slow, 0, 1)
EQUAL(strict_eq, js_strict_eq_slow, 1, 0)
EQUAL(strict_neq, js_strict_eq_slow, 1, 1)
