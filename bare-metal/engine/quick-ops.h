/* The instructions of the quick interpreter: see quick.h. Each does what its namesake in
 * JS_CallInternal does. */

/* A rare path has a function of its own: what it needs (a frame, registers) is not paid by the
 * others. */
#define RARE(name) static QUICK __attribute__((noinline, cold)) int quick_##name(QUICK_PARAMETERS)
#define OP(name) static QUICK int quick_##name(QUICK_PARAMETERS)
#define NEXT QUICK_NEXT_CALL return quick_handlers[*pc](sp, pc + 1, var_buf, run, arg_buf, var_refs)
#define LEAVE QUICK_NEXT_CALL return quick_leave(sp, pc, var_buf, run, arg_buf, var_refs)
#define GO(other) QUICK_NEXT_CALL return quick_##other(sp, pc, var_buf, run, arg_buf, var_refs)
/* What a call of C destroyed is there still. */
#define RELOAD (arg_buf = run->arg_buf, var_refs = run->var_refs)
#define THROW                                                                                      \
  do {                                                                                             \
    run->pc = pc;                                                                                  \
    run->sp = sp;                                                                                  \
    return QUICK_THROW;                                                                            \
  } while (0)
#define TAG(value) ((uint32_t)JS_VALUE_GET_TAG(value))
/* The end of an instruction that frees one value: where that was the last reference, out of line.
 * */
#define FREE_NEXT(value)                                                                           \
  do {                                                                                             \
    JSValue freed = (value);                                                                       \
    if (JS_VALUE_HAS_REF_COUNT(freed) && unlikely(--JS_REF_COUNT(JS_VALUE_GET_PTR(freed)) <= 0)) { \
      run->result = freed;                                                                         \
      GO(release);                                                                                 \
    }                                                                                              \
    NEXT;                                                                                          \
  } while (0)
#define IS_LAST(value) (JS_REF_COUNT(JS_VALUE_GET_PTR(value)) == 1)
/* Integers, booleans, null and undefined: their value is in their lower half, and nothing is
 * counted. */
#define IS_PLAIN(value) (TAG(value) <= JS_TAG_UNDEFINED)

static const QuickHandler *const quick_handlers[256];

OP(leave) {
  run->pc = pc - 1;
  run->sp = sp;
  return QUICK_LEAVE;
}

RARE(release) {
  js_free_value_rt(run->ctx->rt, run->result);
  RELOAD;
  NEXT;
}

#include "quick-stack.h"

#include "quick-numbers.h"

#include "quick-objects.h"

#include "quick-calls.h"

/* Those that never leave: JS_CallInternal has no code for them. */
#define QUICK_WHOLE(X)                                                                             \
  X(push_minus1) X(push_0) X(push_1) X(push_2) X(push_3) X(push_4) X(push_5) X(push_6) X(push_7)   \
  X(push_i8) X(push_i16) X(push_i32) X(push_const) X(push_const8) X(push_empty_string)             \
  X(push_atom_value) X(undefined) X(null) X(push_false) X(push_true) X(catch) X(get_loc0)          \
  X(get_loc1) X(get_loc2) X(get_loc3) X(get_loc8) X(get_loc) X(get_loc0_loc1) X(get_arg0)          \
  X(get_arg1) X(get_arg2) X(get_arg3) X(get_arg) X(get_var_ref0) X(get_var_ref1) X(get_var_ref2)   \
  X(get_var_ref3) X(get_var_ref) X(drop) X(nip) X(dup) X(dup2) X(insert2) X(insert3) X(perm3)      \
  X(swap) X(put_loc0) X(put_loc1) X(put_loc2) X(put_loc3) X(put_loc8) X(put_loc) X(put_arg0)       \
  X(put_arg1) X(put_var_ref0) X(put_var_ref1) X(put_var_ref) X(set_loc0) X(set_loc1) X(set_loc2)   \
  X(set_loc3) X(set_loc8) X(set_loc) X(set_var_ref0) X(set_var_ref) X(set_loc_uninitialized)       \
  X(lnot) X(is_undefined) X(is_null) X(is_undefined_or_null) X(typeof) X(typeof_is_function)       \
  X(typeof_is_undefined) X(eq) X(neq) X(strict_eq) X(strict_neq) X(get_field) X(get_field2)        \
  X(get_length) X(put_field) X(get_array_el) X(get_var) X(object) X(define_field) X(array_from)    \
  X(for_of_next) X(fclosure8) X(call0) X(call1) X(call2) X(call3) X(call) X(call_method)           \
  X(tail_call) X(tail_call_method) X(call_constructor) X(return) X(return_undef)
/* Those that leave where something is rare. */
#define QUICK_PARTLY(X)                                                                            \
  X(get_var_ref_check) X(get_loc_check) X(put_loc_check_init) X(put_var_ref_check) X(push_this)    \
  X(goto8) X(goto16) X(goto) X(if_false8) X(if_true8) X(if_false) X(if_true) X(add) X(sub) X(mul)  \
  X(and) X(or) X(xor) X(sar) X(shl) X(shr) X(inc) X(post_inc) X(inc_loc) X(dec) X(post_dec)        \
  X(dec_loc) X(add_loc) X(lt) X(lte) X(gt) X(gte) X(get_private_field) X(put_private_field)        \
  X(check_brand) X(put_array_el) X(to_object) X(to_propkey)

static const QuickHandler *const quick_handlers[256] = {
    [0 ... 255] = quick_leave,
#define X(name) [OP_##name] = quick_##name,
    QUICK_WHOLE(X) QUICK_PARTLY(X)
#undef X
};
