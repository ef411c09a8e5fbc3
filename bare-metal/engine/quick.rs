//! Where the engine's interpreter and the quick one (`quick.h`) meet. Without `LIBOS_QUICK` (the small
//! kernel, the compiler) nothing changes.

/// Before its own interpreter, the quick one; and who calls a function without `new` asks the quick one.
const INCLUDED: (&str, &str) = (
    "/* argv[] is modified if (flags & JS_CALL_FLAG_COPY_ARGV) = 0. */\nstatic JSValue JS_CallInternal",
    "#ifdef LIBOS_QUICK
#include LIBOS_QUICK
#else
#define libos_call(ctx, function, this_value, argc, argv, flags) \\
    JS_CallInternal(ctx, function, this_value, JS_UNDEFINED, argc, argv, flags)
#endif
static JSValue JS_CallInternal",
);
const CALLED: (&str, &str) = (
    "JS_CallInternal(ctx, func_obj, this_obj, JS_UNDEFINED,\n                           argc, argv, JS_CALL_FLAG_COPY_ARGV);",
    "libos_call(ctx, func_obj, this_obj, argc, argv, JS_CALL_FLAG_COPY_ARGV);",
);
const CALLED_AND_FREED: (&str, &str) = (
    "JS_CallInternal(ctx, func_obj, this_obj, JS_UNDEFINED,\n                                  argc, argv, JS_CALL_FLAG_COPY_ARGV);",
    "libos_call(ctx, func_obj, this_obj, argc, argv, JS_CALL_FLAG_COPY_ARGV);",
);
/// Instructions that the quick interpreter does in all cases have no code here.
const WITHOUT: (&str, &str) = (
    "        [ OP_COUNT ... 255 ] = &&case_default\n    };\n#define SWITCH(pc)      DUMP_BYTECODE_OR_DONT(pc) __extension__",
    "        [ OP_COUNT ... 255 ] = &&case_default
#ifdef LIBOS_QUICK
#define X(name) , [OP_##name] = &&case_default
        QUICK_WHOLE(X)
#undef X
#endif
    };
#define SWITCH(pc)      DUMP_BYTECODE_OR_DONT(pc) __extension__",
);
/// After each instruction that was done here, the quick interpreter goes on.
const BACK: (&str, &str) = (
    "#define BREAK           SWITCH(pc)\n",
    "#ifdef LIBOS_QUICK\n#define BREAK           goto quick_again\n#else\n#define BREAK           SWITCH(pc)\n#endif\n",
);
const AGAIN: (&str, &str) = (
    "    for(;;) {
        int call_argc;
        JSValue *call_argv;

        SWITCH(pc) {
        CASE(OP_push_i32):",
    "#ifdef LIBOS_QUICK
    run.ctx = ctx;
    run.sf = sf;
    run.code = b;
    run.arg_buf = arg_buf;
    run.var_refs = var_refs;
    run.this_value = this_obj;
#endif
    for(;;) {
        int call_argc;
        JSValue *call_argv;

#ifdef LIBOS_QUICK
    quick_again:
        i = libos_quick(&run, sp, pc, var_buf);
        sp = run.sp;
        pc = run.pc;
        if (i == QUICK_RETURN) {
            ret_val = run.result;
            goto done;
        }
        if (i == QUICK_THROW)
            goto exception;
#endif
        SWITCH(pc) {
        CASE(OP_push_i32):",
);
/// A frame that `libos_call` made is continued here when it meets an instruction for this interpreter.
const RESUMED: (&str, &str) = (
    "    if (js_poll_interrupts(caller_ctx))
        return JS_EXCEPTION;
    if (unlikely(JS_VALUE_GET_TAG(func_obj) != JS_TAG_OBJECT)) {
        if (flags & JS_CALL_FLAG_GENERATOR) {",
    "#ifdef LIBOS_QUICK
    QuickRun run;
    if (flags & QUICK_RESUME) {
        const QuickRun *left = (const QuickRun *)argv;
        i = argc;
        sf = left->sf;
        func_obj = sf->cur_func;
        p = JS_VALUE_GET_OBJ(func_obj);
        b = left->code;
        ctx = left->ctx;
        var_refs = left->var_refs;
        local_buf = left->locals;
        arg_buf = sf->arg_buf;
        var_buf = sf->var_buf;
        stack_buf = var_buf + b->var_count;
        this_obj = left->this_value;
        argc = left->arg_count;
        argv = left->args;
        flags = 0;
        sp = left->sp;
        pc = left->pc;
        if (i)
            goto exception;
        goto restart;
    }
#endif
    if (js_poll_interrupts(caller_ctx))
        return JS_EXCEPTION;
    if (unlikely(JS_VALUE_GET_TAG(func_obj) != JS_TAG_OBJECT)) {
        if (flags & JS_CALL_FLAG_GENERATOR) {",
);

/// A function runs here for the first time, later by `quick_enter` if its frames are small.
const MARKED: (&str, &str) = (
    "    uint8_t has_names : 1;\n",
    "    uint8_t has_names : 1;\n    uint8_t is_quick : 1; /* see quick.h */\n",
);
const ENTERED: (&str, &str) = (
    "    pc = b->byte_code_buf;\n    /* sf->cur_pc must we set to pc",
    "#ifdef LIBOS_QUICK\n    b->is_quick = quick_is_small(b);\n#endif\n    pc = b->byte_code_buf;\n    /* sf->cur_pc must we set to pc",
);
/// Where a property's name is looked for: names that were made one after the other lie side by side, and
/// those of one object mostly were. The engine multiplies, which takes four times the instructions.
const HASHED: (&str, &str) = (
    "    int shift = 1 + clz_uintptr(mask+1);\n    return hash_uintptr(atom) >> shift;\n",
    "    return atom & mask;\n",
);

/// What is replaced, how often it occurs, and by what.
pub const PATCHES: &[(&str, usize, &str)] = &[
    (MARKED.0, 1, MARKED.1),
    (ENTERED.0, 1, ENTERED.1),
    (HASHED.0, 1, HASHED.1),
    (INCLUDED.0, 1, INCLUDED.1),
    (CALLED.0, 1, CALLED.1),
    (CALLED_AND_FREED.0, 1, CALLED_AND_FREED.1),
    (WITHOUT.0, 1, WITHOUT.1),
    (BACK.0, 1, BACK.1),
    (AGAIN.0, 1, AGAIN.1),
    (RESUMED.0, 1, RESUMED.1),
];
