/*
 * The quick interpreter: a function for each frequent instruction of the bytecode (`quick-ops.h`),
 * which ends with a jump to the next one's. Where an instruction runs into what is rare, it changes
 * nothing and leaves: `JS_CallInternal`, the engine's own interpreter, does that instruction and
 * comes back here.
 *
 * What an instruction needs stays in registers (`preserve_none`: no function saves any for its
 * caller), and no rare path makes the compiler spill them, as it must in one function of 250
 * instructions. A call from JavaScript to JavaScript needs a frame of its own only, not that of
 * `JS_CallInternal`.
 *
 * Read `libos_call` first. What always holds: a frame is in the list of frames while its
 * instructions run; `sf->cur_pc` is set before whatever may throw or look at the stack; who
 * leaves has not touched the stack.
 */
#define QUICK __attribute__((preserve_none))
#define QUICK_NEXT_CALL __attribute__((musttail))

/* What one run of a frame is about. */
typedef struct QuickRun {
  JSContext *ctx;
  JSStackFrame *sf;
  JSFunctionBytecode *code;
  JSValue *arg_buf;
  JSVarRef **var_refs;
  JSValueConst this_value;
  /* Left behind for who goes on: the next instruction, the end of the stack, what is returned. */
  uint8_t *pc;
  JSValue *sp;
  JSValue result;
  /* What `JS_CallInternal` needs to go on with a frame of quick_enter. */
  JSValue *locals;
  int arg_count;
  JSValueConst *args;
} QuickRun;

/* Why a run ends: the instruction at `pc` is for `JS_CallInternal`; the function returned `result`;
 * an error was thrown by the instruction before `pc`. */
enum { QUICK_LEAVE, QUICK_RETURN, QUICK_THROW };

/* In the flags of `JS_CallInternal`: `argv` is a QuickRun, and `argc` whether an error is
 * pending. */
#define QUICK_RESUME (1 << 8)
/* Values in a frame of `libos_call`: arguments that are missing, variables, and stack. */
#define QUICK_SLOTS_MAX 32

#define QUICK_PARAMETERS                                                                           \
  JSValue *sp, uint8_t *pc, JSValue *var_buf, QuickRun *run, JSValue *arg_buf, JSVarRef **var_refs
typedef int QuickHandler(QUICK_PARAMETERS) QUICK;

static JSValue libos_call(JSContext *ctx, JSValueConst function, JSValueConst this_value, int argc,
                          JSValueConst *argv, int flags);

#define QUICK_INLINE static inline __attribute__((always_inline))

/* One reference more; as js_dup, but what is not counted, the most frequent, writes nothing. */
QUICK_INLINE JSValue quick_counted(JSValueConst value) {
  if (JS_VALUE_HAS_REF_COUNT(value))
    JS_REF_COUNT(JS_VALUE_GET_PTR(value))++;
  return unsafe_unconst(value);
}

QUICK_INLINE void quick_free(QuickRun *run, JSValue value) {
  if (JS_VALUE_HAS_REF_COUNT(value) && unlikely(--JS_REF_COUNT(JS_VALUE_GET_PTR(value)) <= 0))
    js_free_value_rt(run->ctx->rt, value);
}

/* Whether one more call may be made here: there is stack, and nobody wants to be asked (the
 * watchdog). */
QUICK_INLINE bool quick_may_call(JSContext *ctx) {
  if (unlikely(ctx->interrupt_counter <= 1 ||
               js_check_stack_overflow(ctx->rt, 2 * sizeof(QuickRun))))
    return false;
  ctx->interrupt_counter--;
  return true;
}
/* Asked when a function runs for the first time: whether its frames are small. One that is not read
 * yet (lazy.h) comes again; the profiler sees the calls of JS_CallInternal only. */
static bool quick_is_small(const JSFunctionBytecode *code) {
  int slots = code->arg_count + code->var_count + code->stack_size + code->var_ref_count;
  return slots <= QUICK_SLOTS_MAX && !code->is_unread && !libos_is_profiling;
}
static QUICK JSValue quick_enter(JSObject *function, JSValue this_value, int argc, JSValue *argv);

#include "quick-ops.h"

static int libos_quick(QuickRun *run, JSValue *sp, uint8_t *pc, JSValue *var_buf) {
  return quick_handlers[*pc](sp, pc + 1, var_buf, run, run->arg_buf, run->var_refs);
}

/* A call whose frame is on the stack here. */
static QUICK __attribute__((noinline)) JSValue quick_enter(JSObject *function, JSValue this_value,
                                                           int argc, JSValue *argv) {
  JSFunctionBytecode *code = function->u.func.function_bytecode;
  JSContext *ctx = code->realm;
  JSRuntime *rt = ctx->rt;
  JSValue slots[QUICK_SLOTS_MAX];
  JSStackFrame frame;
  QuickRun run;
  JSValue *at = slots;
  run.arg_count = argc;
  run.args = argv;
  if (unlikely(argc < code->arg_count)) {
    for (int i = 0; i < argc; i++)
      *at++ = quick_counted(argv[i]);
    for (; argc < code->arg_count; argc++)
      *at++ = JS_UNDEFINED;
    argv = slots;
  }
  JSValue *var_buf = at;
  for (int i = code->var_count; i > 0; i--)
    *at++ = JS_UNDEFINED;
  frame.var_refs = (JSVarRef **)(at + code->stack_size);
  frame.var_ref_count = code->var_ref_count;
  if (unlikely(frame.var_ref_count))
    memset(frame.var_refs, 0, frame.var_ref_count * sizeof(frame.var_refs[0]));
  frame.arg_count = argc;
  frame.is_strict_mode = code->is_strict_mode;
  frame.is_constructor = false;
  frame.cur_func = JS_MKPTR(JS_TAG_OBJECT, function);
  frame.arg_buf = argv;
  frame.var_buf = var_buf;
  frame.cur_pc = NULL;
  frame.cur_sp = NULL;
  frame.cur_gc_obj = NULL;
  frame.prev_frame = rt->current_stack_frame;
  rt->current_stack_frame = &frame;
  run.ctx = ctx;
  run.sf = &frame;
  run.code = code;
  run.arg_buf = argv;
  run.var_refs = function->u.func.var_refs;
  run.this_value = this_value;
  run.locals = slots;
  uint8_t *pc = code->byte_code_buf;
  int end = quick_handlers[*pc](at, pc + 1, var_buf, &run, argv, run.var_refs);
  if (unlikely(end != QUICK_RETURN))
    return JS_CallInternal(run.ctx, JS_UNDEFINED, JS_UNDEFINED, JS_UNDEFINED, end == QUICK_THROW,
                           (JSValueConst *)&run, QUICK_RESUME);
  rt = run.ctx->rt;
  if (unlikely(frame.var_ref_count != 0))
    close_var_refs(rt, &frame);
  for (at = slots; at < run.sp; at++)
    quick_free(&run, *at);
  rt->current_stack_frame = frame.prev_frame;
  return run.result;
}

/*
 * Calls a function, as JS_CallInternal does without `new`. `flags` is 0 or JS_CALL_FLAG_COPY_ARGV.
 * What is no function of JavaScript's, and what is not simple, is passed on.
 */
static JSValue libos_call(JSContext *ctx, JSValueConst function, JSValueConst this_value, int argc,
                          JSValueConst *argv, int flags) {
  if (likely(JS_VALUE_GET_TAG(function) == JS_TAG_OBJECT && ctx->interrupt_counter > 1)) {
    JSObject *object = JS_VALUE_GET_OBJ(function);
    if (object->class_id == JS_CLASS_C_FUNCTION) {
      ctx->interrupt_counter--;
      return js_call_c_function(ctx, function, this_value, argc, argv, flags);
    }
    /* The callee may write to its arguments; those of others it must not have. */
    if (object->class_id == JS_CLASS_BYTECODE_FUNCTION && (!flags || argc == 0) &&
        object->u.func.function_bytecode->is_quick && quick_may_call(ctx))
      return quick_enter(object, this_value, argc, (JSValue *)argv);
  }
  return JS_CallInternal(ctx, function, this_value, JS_UNDEFINED, argc, argv, flags);
}
