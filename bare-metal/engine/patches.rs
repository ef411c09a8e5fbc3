//! What our build changes in its copy of the engine's main source. Each change must fit exactly as
//! often as it says, or the build stops: another version of the engine is looked at again.

#[path = "compact.rs"]
mod compact;
#[path = "lazy.rs"]
mod lazy;
#[path = "quick.rs"]
mod quick;

use std::fs;
use std::path::{Path, PathBuf};

/// QuickJS-ng 0.18 marks every InternalError as one that `catch` does not see, out of memory among
/// them. An application must be able to survive it, so this condition becomes `false`; what is
/// meant to be uncatchable (an interrupted turn) is marked elsewhere in its source.
const UNCATCHABLE: &str = "JS_##uc##_ERROR == JS_INTERNAL_ERROR";
/// Out of memory is one error, whatever ran out of it: an InternalError "out of memory".
///
/// - The error is made where something large is half made, a shape that is in no list among others: no
///   garbage is collected meanwhile.
/// - Where an error cannot be made, or the engine makes none (`normalize`), it is made when the exception
///   reaches JavaScript or whoever asks for it. Making a stack asks as well, but whether there is one.
/// - Regular expressions say it in words of their own.
const OUT_OF_MEMORY: [(&str, usize, &str); 8] = [
    (
        "    force_gc = ((rt->malloc_state.malloc_size + size) >\n",
        1,
        "    force_gc = !rt->in_out_of_memory && ((rt->malloc_state.malloc_size + size) >\n",
    ),
    (
        "        obj = JS_NULL;\n    }\n    return JS_Throw(ctx, obj);",
        1,
        "        obj = JS_UNINITIALIZED;\n    }\n    return JS_Throw(ctx, obj);",
    ),
    (
        "static bool needs_backtrace(JSValue exc)\n{\n    return can_store_error_stack(exc) || can_add_backtrace(exc);\n}",
        1,
        "static no_inline bool needs_backtrace(JSContext *ctx)\n{\n    if (unlikely(JS_IsUninitialized(ctx->rt->current_exception)))\n        JS_ThrowOutOfMemory(ctx);\n    JSValue exc = ctx->rt->current_exception;\n    return can_store_error_stack(exc) || can_add_backtrace(exc);\n}",
    ),
    ("needs_backtrace(rt->current_exception)", 1, "needs_backtrace(ctx)"),
    (
        "JSValue JS_GetException(JSContext *ctx)\n{\n    JSValue val;\n    JSRuntime *rt = ctx->rt;\n",
        1,
        "no_inline JSValue JS_GetException(JSContext *ctx)\n{\n    JSValue val;\n    JSRuntime *rt = ctx->rt;\n    if (unlikely(JS_IsUninitialized(rt->current_exception)))\n        JS_ThrowOutOfMemory(ctx);\n",
    ),
    (
        "saved_exception = JS_GetException(ctx);",
        2,
        "saved_exception = rt->current_exception;\n    rt->current_exception = JS_UNINITIALIZED;",
    ),
    (
        "        JS_ThrowSyntaxError(ctx, \"%s\", error_msg);\n        return JS_EXCEPTION;",
        1,
        "        if (!strcmp(error_msg, \"out of memory\"))\n            return JS_ThrowOutOfMemory(ctx);\n        return JS_ThrowSyntaxError(ctx, \"%s\", error_msg);",
    ),
    (
        "JS_ThrowInternalError(ctx, \"out of memory in regexp execution\");",
        1,
        "JS_ThrowOutOfMemory(ctx);",
    ),
];
/// Where the interrupt handler stops JavaScript, ours may throw an error that can be caught
/// (`engine/quickjs.c`).
const INTERRUPTED: &str = "    JS_ThrowInternalError(ctx, \"interrupted\");
    JS_SetUncatchableError(ctx, ctx->rt->current_exception);";
/// A jump asks whether JavaScript is to be interrupted: before it jumps, and it says where it is. Else a
/// loop would be where its function last called another.
const JUMPS: [(&str, usize, &str); 6] = [
    (
        "            pc += (int32_t)get_u32(pc);\n            if (unlikely(js_poll_interrupts(ctx)))\n                goto exception;\n",
        1,
        "            if (unlikely(--ctx->interrupt_counter <= 0 &&\n                         (sf->cur_pc = pc, __js_poll_interrupts(ctx))))\n                goto exception;\n            pc += (int32_t)get_u32(pc);\n",
    ),
    (
        "            pc += (int16_t)get_u16(pc);\n            if (unlikely(js_poll_interrupts(ctx)))\n                goto exception;\n",
        1,
        "            if (unlikely(--ctx->interrupt_counter <= 0 &&\n                         (sf->cur_pc = pc, __js_poll_interrupts(ctx))))\n                goto exception;\n            pc += (int16_t)get_u16(pc);\n",
    ),
    (
        "            pc += (int8_t)pc[0];\n            if (unlikely(js_poll_interrupts(ctx)))\n                goto exception;\n",
        1,
        "            if (unlikely(--ctx->interrupt_counter <= 0 &&\n                         (sf->cur_pc = pc, __js_poll_interrupts(ctx))))\n                goto exception;\n            pc += (int8_t)pc[0];\n",
    ),
    (
        "                op1 = sp[-1];\n                pc += 4;\n",
        2,
        "                if (unlikely(--ctx->interrupt_counter <= 0 &&\n                             (sf->cur_pc = pc, __js_poll_interrupts(ctx))))\n                    goto exception;\n                op1 = sp[-1];\n                pc += 4;\n",
    ),
    (
        "                op1 = sp[-1];\n                pc += 1;\n",
        2,
        "                if (unlikely(--ctx->interrupt_counter <= 0 &&\n                             (sf->cur_pc = pc, __js_poll_interrupts(ctx))))\n                    goto exception;\n                op1 = sp[-1];\n                pc += 1;\n",
    ),
    (
        "                if (unlikely(js_poll_interrupts(ctx)))\n                    goto exception;\n",
        4,
        "",
    ),
];
/// Each function keeps a copy of its source, and of those of the functions in it, for `toString`:
/// several times the size of the whole program. Without it `toString` answers "[native code]".
const SOURCES: [(&str, &str); 3] = [
    ("fd->source_len = s->last_ptr - ptr;", "fd->source_len = 0;"),
    (" fd->source_len = s->buf_ptr - ptr;", " fd->source_len = 0;"),
    ("ctor_fd->source_len = s->buf_ptr - class_start_ptr;", "ctor_fd->source_len = 0;"),
];
const TO_STRING: (&str, &str) = (
    "if (b->source)\n            return JS_NewStringLen",
    "if (!b->is_lazy && b->source_len)\n            return JS_NewStringLen",
);
/// Where a function of JavaScript begins, is continued, and ends, and where a native one does: told to
/// the profiler (`engine/quickjs.c`).
const ENTERED: (&str, &str) = (
    "    ctx = b->realm; /* set the current realm */\n",
    "    ctx = b->realm;\n    LIBOS_ENTER(func_obj);\n",
);
const CONTINUED: (&str, &str) = (
    "            rt->current_stack_frame = sf;\n            if (s->throw_flag)",
    "            rt->current_stack_frame = sf;\n            LIBOS_ENTER(sf->cur_func);\n            if (s->throw_flag)",
);
const NATIVE: (&str, &str) = (
    "    func = p->u.cfunc.c_function;\n    switch(cproto) {",
    "    LIBOS_ENTER(func_obj);\n    func = p->u.cfunc.c_function;\n    switch(cproto) {",
);
const LEFT: (&str, &str) = (
    "    rt->current_stack_frame = sf->prev_frame;\n    return ret_val;",
    "    rt->current_stack_frame = sf->prev_frame;\n    LIBOS_LEAVE();\n    return ret_val;",
);
/// Checks of the dead zone are dropped between two passes (`engine/dead-zone.h`), and what is dropped
/// leaves no trace.
const DEAD_ZONE: [(&str, &str); 3] = [
    (
        "static JSValue js_create_function(JSContext *ctx, JSFunctionDef *fd)\n{",
        "static __exception int libos_drop_checks(JSContext *ctx, JSFunctionDef *fd);\nstatic JSValue js_create_function(JSContext *ctx, JSFunctionDef *fd)\n{",
    ),
    (
        "    if (resolve_labels(ctx, fd))\n",
        "    if (libos_drop_checks(ctx, fd) || resolve_labels(ctx, fd))\n",
    ),
    (
        "        case OP_label:\n            {\n                label = get_u32(bc_buf + pos + 1);\n                assert(label >= 0 && label < s->label_count);\n                ls = &label_slots[label];\n                assert(ls->addr == -1);",
        "        case OP_nop:\n            break;\n        case OP_label:\n            {\n                label = get_u32(bc_buf + pos + 1);\n                assert(label >= 0 && label < s->label_count);\n                ls = &label_slots[label];\n                assert(ls->addr == -1);",
    ),
];
/// Without a parser nobody asks for the scopes of a function's variables: 8 bytes for each, and not 20.
const VARIABLES: [(&str, &str); 5] = [
    (
        "    /* index into fd->scopes of this variable lexical scope */\n    int scope_level;\n",
        "#ifndef QJS_DISABLE_PARSER\n    int scope_level;\n",
    ),
    (
        "    int scope_next;\n    uint8_t is_const : 1;\n",
        "    int scope_next;\n#endif\n    uint8_t is_const : 1;\n",
    ),
    (
        "    int func_pool_idx; /* only used during compilation : index in\n                          the constant pool for hoisted function\n                          definition */\n} JSVarDef;",
        "#ifndef QJS_DISABLE_PARSER\n    int func_pool_idx;\n#endif\n} JSVarDef;",
    ),
    (
        "            bc_put_leb128(s, vd->scope_level);\n            bc_put_leb128(s, vd->scope_next + 1);\n",
        "#ifndef QJS_DISABLE_PARSER\n            bc_put_leb128(s, vd->scope_level);\n            bc_put_leb128(s, vd->scope_next + 1);\n#endif\n",
    ),
    (
        "            if (bc_get_leb128_int(s, &vd->scope_level))\n                goto fail;\n            if (bc_get_leb128_int(s, &vd->scope_next))\n                goto fail;\n            vd->scope_next--;\n",
        "#ifdef QJS_DISABLE_PARSER\n            int scope;\n            if (bc_get_leb128_int(s, &scope) || bc_get_leb128_int(s, &scope))\n                goto fail;\n#else\n            if (bc_get_leb128_int(s, &vd->scope_level))\n                goto fail;\n            if (bc_get_leb128_int(s, &vd->scope_next))\n                goto fail;\n            vd->scope_next--;\n#endif\n",
    ),
];
/// What the small build leaves out (`engine/small.h`).
const NORMALIZE: (&str, &str) = (
    "    out_len = unicode_normalize(&out_buf",
    "    LIBOS_CHECK_NORMALIZATION\n    out_len = unicode_normalize(&out_buf",
);
const BUILT_IN_BYTECODE: (&str, &str) = (
    "    switch ((uintptr_t)opaque) {\n    default:\n        abort();",
    "    if (LIBOS_IS_SMALL)\n        return JS_UNDEFINED;\n    switch ((uintptr_t)opaque) {\n    default:\n        abort();",
);
const DISPOSABLE: [(&str, &str); 3] = [
    ("    /* explicit resource management */\n", "    if (!LIBOS_IS_SMALL) {\n"),
    ("    /* global properties */\n    ctx->eval_obj", "    }\n    ctx->eval_obj"),
    ("    /* AsyncDisposableStack */\n", "    if (LIBOS_IS_SMALL)\n        return 0;\n"),
];
/// What is said where no parser is.
const NO_PARSER: (&str, &str) =
    ("\"eval is not supported\"", "\"eval and Function need the full kernel, which has a parser\"");
/// An object's properties have room for half as many more when they grow: for large objects, of which
/// each connection has several, a quarter is enough.
const GROWTH: (&str, &str) = (
    "    new_size = max_int(count, sh->prop_size * 3 / 2);",
    "    new_size = sh->prop_size < 12 ? sh->prop_size * 3 / 2 : sh->prop_size * 5 / 4;\n    new_size = max_int(count, new_size);",
);
/// Each function object gets `length` and `name`. The shape between the two is never found again, as it
/// turns into the second one: each function would clone the shape of none, to let go of it at once.
/// The shape with both is looked up, and the values are put in their places.
const FUNCTION_PROPERTIES: (&str, &str) = (
    "    /* ES6 feature non compatible with ES5.1: length is configurable */\n",
    "    JSObject *p = JS_VALUE_GET_OBJ(func_obj);
    JSShape *sh = p->shape, *known = NULL;
    JSValue text = JS_AtomToString(ctx, name);
    if (sh->is_hashed && sh->prop_count == 0 && !JS_IsException(text)) {
        uint32_t h = shape_hash(shape_hash(sh->hash, JS_ATOM_length), JS_PROP_CONFIGURABLE);
        h = shape_hash(shape_hash(h, JS_ATOM_name), JS_PROP_CONFIGURABLE);
        known = ctx->rt->shape_hash[get_shape_hash(h, ctx->rt->shape_hash_bits)];
        for (; known != NULL; known = known->shape_hash_next) {
            if (known->hash == h && known->proto == sh->proto && known->prop_count == 2 &&
                known->prop_size == sh->prop_size) {
                JSShapeProperty *props = get_shape_prop(known);
                if (props[0].atom == JS_ATOM_length && props[0].flags == JS_PROP_CONFIGURABLE &&
                    props[1].atom == JS_ATOM_name && props[1].flags == JS_PROP_CONFIGURABLE)
                    break;
            }
        }
    }
    if (known) {
        p->prop[0].u.value = js_int32(len);
        p->prop[1].u.value = text;
        p->shape = js_dup_shape(known);
        js_free_shape(ctx->rt, sh);
        return;
    }
    JS_FreeValue(ctx, text);
    /* ES6 feature non compatible with ES5.1: length is configurable */\n",
);
/// Another reference to a value is taken in hundreds of places, most of them cold: without a jump each is
/// no block more. The quick interpreter keeps the jump (`quick_counted`).
const DUPLICATED: (&str, &str) = (
    "    if (JS_VALUE_HAS_REF_COUNT(v)) {
        void *p = JS_VALUE_GET_PTR(v);
        JS_REF_COUNT(p)++;
    }
    return unsafe_unconst(v);
}

JSValue JS_DupValue(",
    "    static int uncounted;
    int *count = JS_VALUE_HAS_REF_COUNT(v) ? &JS_REF_COUNT(JS_VALUE_GET_PTR(v)) : &uncounted;
    ++*count;
    return unsafe_unconst(v);
}

JSValue JS_DupValue(",
);
/// A place in the stack of an image that was built without lines.
const NO_LINES: [(&str, &str); 2] = [
    (
        "atom_str ? atom_str : \"<null>\");\n                JS_FreeCString(ctx, atom_str);\n",
        "atom_str ? atom_str : \"line unknown: built without lines\");\n                JS_FreeCString(ctx, atom_str);\n",
    ),
    (
        "                if (line_num1 != -1)\n                    dbuf_printf(&dbuf, \":%d:%d\"",
        "                if (line_num1 != -1 && libos_filename(b))\n                    dbuf_printf(&dbuf, \":%d:%d\"",
    ),
];
/// What is replaced, how often it occurs, and by what.
const PATCHES: [(&str, usize, &str); 29] = [
    (DUPLICATED.0, 1, DUPLICATED.1),
    (FUNCTION_PROPERTIES.0, 1, FUNCTION_PROPERTIES.1),
    (GROWTH.0, 1, GROWTH.1),
    (NO_LINES[0].0, 1, NO_LINES[0].1),
    (NO_LINES[1].0, 1, NO_LINES[1].1),
    (VARIABLES[0].0, 1, VARIABLES[0].1),
    (VARIABLES[1].0, 1, VARIABLES[1].1),
    (VARIABLES[2].0, 1, VARIABLES[2].1),
    (VARIABLES[3].0, 1, VARIABLES[3].1),
    (VARIABLES[4].0, 1, VARIABLES[4].1),
    (DEAD_ZONE[0].0, 1, DEAD_ZONE[0].1),
    (DEAD_ZONE[1].0, 1, DEAD_ZONE[1].1),
    (DEAD_ZONE[2].0, 1, DEAD_ZONE[2].1),
    (NORMALIZE.0, 1, NORMALIZE.1),
    (BUILT_IN_BYTECODE.0, 1, BUILT_IN_BYTECODE.1),
    (DISPOSABLE[0].0, 1, DISPOSABLE[0].1),
    (DISPOSABLE[1].0, 1, DISPOSABLE[1].1),
    (DISPOSABLE[2].0, 1, DISPOSABLE[2].1),
    (NO_PARSER.0, 1, NO_PARSER.1),
    (ENTERED.0, 1, ENTERED.1),
    (CONTINUED.0, 1, CONTINUED.1),
    (NATIVE.0, 1, NATIVE.1),
    (LEFT.0, 2, LEFT.1),
    (UNCATCHABLE, 2, "false"),
    (INTERRUPTED, 1, "    libos_throw_interrupted(ctx);"),
    (SOURCES[0].0, 1, SOURCES[0].1),
    (SOURCES[1].0, 1, SOURCES[1].1),
    (SOURCES[2].0, 1, SOURCES[2].1),
    (TO_STRING.0, 1, TO_STRING.1),
];

/// Writes the engine's main source with the changes, and returns its path.
pub fn apply(source: &Path, out: &Path) -> PathBuf {
    let mut text =
        fs::read_to_string(source).unwrap_or_else(|error| panic!("{}: {error}", source.display()));
    let ours = PATCHES.iter().chain(&OUT_OF_MEMORY).chain(&JUMPS);
    for &(from, count, to) in
        ours.chain(compact::PATCHES).chain(lazy::PATCHES).chain(quick::PATCHES)
    {
        assert_eq!(text.matches(from).count(), count, "the engine's source changed: {from}");
        text = text.replace(from, to);
    }
    let path = out.join("quickjs-patched.c");
    fs::write(&path, text).expect("OUT_DIR can be written");
    path
}
