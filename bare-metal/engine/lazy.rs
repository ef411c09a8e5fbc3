//! Where the engine's source calls what reads functions when they are first called (`lazy.h`).

/// What is replaced, how often it occurs, and by what.
pub const PATCHES: &[(&str, usize, &str)] = &[
    // The structures.
    (
        "struct JSContext {\n    JSGCObjectHeader header; /* must come first */\n",
        1,
        "struct LibosProgram;\nstruct JSContext {\n    JSGCObjectHeader header;\n    struct LibosProgram *libos_program;\n",
    ),
    // Of a function that is read at its first call, what lies behind `libos_tail` has no memory, nor has what
    // lies behind `libos_lines` where the program has no lines; what lies before leaves no holes.
    (
        "    uint8_t backtrace_barrier : 1; /* stop backtrace on this function */\n",
        1,
        "    uint8_t backtrace_barrier : 1;
    uint8_t is_lazy : 1;
    uint8_t is_unread : 1;
    uint8_t has_names : 1;
    uint8_t has_lines : 1;
",
    ),
    (
        "    uint8_t *byte_code_buf; /* (self pointer) */
    int byte_code_len;
    JSAtom func_name;
    JSVarDef *vardefs; /* arguments + local variables (arg_count + var_count) (self pointer) */
    JSClosureVar *closure_var; /* list of variables in the closure (self pointer) */
    uint16_t arg_count;
    uint16_t var_count;
    uint16_t defined_arg_count; /* for length function property */
    uint16_t stack_size; /* maximum stack size */
    uint16_t var_ref_count; /* number of local variable references */
    uint16_t closure_var_count;
    int cpool_count;
    JSContext *realm; /* function realm */
    JSValue *cpool; /* constant pool (self pointer) */
    JSAtom filename;
    int line_num;
    int col_num;
    int source_len;
    int pc2line_len;
    uint8_t *pc2line_buf;
    char *source;
} JSFunctionBytecode;
",
        1,
        "    uint16_t arg_count;
    uint16_t var_count;
    uint16_t defined_arg_count; /* for length function property */
    uint8_t *byte_code_buf;
    int byte_code_len;
    JSAtom func_name;
    uint16_t stack_size;
    uint16_t var_ref_count;
    uint16_t closure_var_count;
    JSContext *realm;
    union {
        JSValue *cpool;
        const uint8_t *libos_end; /* while is_unread */
    };
    union {
        JSClosureVar *closure_var;
        const uint8_t *libos_rest; /* is_lazy, unless has_names: what begins with what it takes from outside */
    };
    int cpool_count;
    union {
        uint8_t libos_lines[1];
        int line_num;
    };
    int col_num;
    int pc2line_len;
    union {
        uint8_t libos_tail[1];
        JSAtom filename;
    };
    int source_len;
    uint8_t *pc2line_buf;
    JSVarDef *vardefs;
    char *source;
} JSFunctionBytecode;

/* Of a function that is read at its first call, its variables lie behind its constants. */
static inline JSVarDef *libos_vardefs(const JSFunctionBytecode *b) {
    return b->is_lazy ? (JSVarDef *)(b->cpool + b->cpool_count) : b->vardefs;
}
/* What it takes from outside, if that is in the program's bytes. */
static inline const uint8_t *libos_from_outside(const JSFunctionBytecode *b) {
    return b->is_lazy && !b->has_names ? b->libos_rest : NULL;
}
static inline bool libos_has_lines(const JSFunctionBytecode *b) { return !b->is_lazy || b->has_lines; }
",
    ),
    (
        "    bool allow_reference;\n    /* object references */\n",
        1,
        "    bool allow_reference;\n    struct LibosProgram *libos_program;\n",
    ),
    (
        "static void free_function_bytecode(JSRuntime *rt, JSFunctionBytecode *b);\n",
        1,
        "static void free_function_bytecode(JSRuntime *rt, JSFunctionBytecode *b);
/* Of `js_bytecode_autoinit`: smaller numbers are the engine's own functions. */
enum { LIBOS_FIRST_METHOD = 16 };
struct BCReaderState;
struct BCWriterState;
static int libos_read_function(JSObject *function);
static void libos_keep_module(JSContext *ctx, JSFunctionBytecode *b, JSObject *function);
static JSVarRef *libos_kept_local(JSContext *ctx, int index);
static JSValue libos_make_method(JSContext *ctx, JSObject *p, JSAtom name, uint32_t index);
static int libos_define_method(JSContext *ctx, JSStackFrame *sf, JSValue *slot, JSValueConst object, JSAtom name, int op_flags);
static int libos_set_home(JSContext *ctx, JSStackFrame *sf, JSValue *slot, JSValueConst home);
static void libos_get_place(const uint8_t **at, JSClosureVar *variable);
static void libos_get_closure_var(const uint8_t **at, JSClosureVar *variable);
static JSAtom libos_outside_name(const JSFunctionBytecode *b, int index);
static JSAtom libos_filename(const JSFunctionBytecode *b);
static void libos_free_body(JSRuntime *rt, JSFunctionBytecode *b);
static void libos_free_program(JSContext *ctx);
static JSAtom libos_variable_name(const JSFunctionBytecode *b, uint32_t number);
static int libos_make_atom(struct BCReaderState *s, uint32_t index);
static JSValue libos_read_head(struct BCReaderState *s);
static int libos_write_function(struct BCWriterState *s, JSValueConst value);
static void libos_put_file(struct BCWriterState *s, JSValueConst value);
",
    ),
    // A first call, of an ordinary function, which then begins again in the same native frame (with what
    // that has anyway, so that nothing else is kept for it), and of one that keeps its frame.
    (
        "        CASE(OP_invalid):\n        DEFAULT:\n            JS_ThrowInternalError(ctx, \"invalid opcode:",
        1,
        "        CASE(OP_invalid):
            if (b->is_unread) {
                rt->current_stack_frame = sf->prev_frame;
                LIBOS_LEAVE();
                func_obj = sf->cur_func;
                p = JS_VALUE_GET_OBJ(func_obj);
                if (libos_read_function(p))
                    return JS_EXCEPTION;
                argc = sf->arg_count;
                argv = vc(arg_buf);
                flags = sf->is_constructor ? JS_CALL_FLAG_COPY_ARGV | JS_CALL_FLAG_CONSTRUCTOR : JS_CALL_FLAG_COPY_ARGV;
                goto libos_was_read;
            }
        DEFAULT:
            JS_ThrowInternalError(ctx, \"invalid opcode:",
    ),
    (
        "    b = p->u.func.function_bytecode;\n\n    if (unlikely(argc < b->arg_count ||",
        1,
        " libos_was_read:\n    b = p->u.func.function_bytecode;\n\n    if (unlikely(argc < b->arg_count ||",
    ),
    (
        "    b = p->u.func.function_bytecode;\n    sf->is_strict_mode = b->is_strict_mode;\n    sf->is_constructor = false;\n",
        1,
        "    b = p->u.func.function_bytecode;\n    if (unlikely(b->is_unread) && libos_read_function(p))\n        return -1;\n    sf->is_strict_mode = b->is_strict_mode;\n    sf->is_constructor = false;\n",
    ),
    // A closure.
    (
        "        p->u.func.var_refs = var_refs;
        for(i = 0; i < b->closure_var_count; i++) {
            JSClosureVar *cv = &b->closure_var[i];
            JSVarRef *var_ref;
            switch(cv->closure_type) {",
        1,
        "        p->u.func.var_refs = var_refs;
        JSClosureVar unread;
        const uint8_t *at = libos_from_outside(b);
        for(i = 0; i < b->closure_var_count; i++) {
            JSClosureVar *cv = at ? &unread : &b->closure_var[i];
            JSVarRef *var_ref;
            if (at)
                libos_get_place(&at, &unread);
            switch(cv->closure_type) {",
    ),
    // Functions of the module that are made when something wants them (`lazy-closures.h`).
    (
        "            case JS_CLOSURE_LOCAL:
                /* reuse the existing variable reference if it already exists */
                var_ref = get_var_ref(ctx, sf, cv->var_idx, false);",
        1,
        "            case JS_CLOSURE_LOCAL:
                var_ref = sf ? get_var_ref(ctx, sf, cv->var_idx, false) : libos_kept_local(ctx, cv->var_idx);",
    ),
    (
        "                obj = sp[-2 - is_computed];\n                flags = JS_PROP_HAS_CONFIGURABLE | JS_PROP_CONFIGURABLE |\n",
        1,
        "                obj = sp[-2 - is_computed];
                if (unlikely(JS_VALUE_GET_TAG(sp[-1]) != JS_TAG_OBJECT)) {
                    ret = libos_define_method(ctx, sf, &sp[-1], obj, atom, op_flags);
                    if (ret < 0)
                        goto exception;
                    if (ret > 0) {
                        sp--;
                        BREAK;
                    }
                }
                flags = JS_PROP_HAS_CONFIGURABLE | JS_PROP_CONFIGURABLE |\n",
    ),
    (
        "        CASE(OP_set_home_object):\n",
        1,
        "        CASE(OP_set_home_object):
            if (unlikely(JS_VALUE_GET_TAG(sp[-1]) != JS_TAG_OBJECT) && libos_set_home(ctx, sf, &sp[-1], sp[-2]))
                goto exception;\n",
    ),
    (
        "    if (LIBOS_IS_SMALL)\n        return JS_UNDEFINED;\n    switch ((uintptr_t)opaque) {\n",
        1,
        "    if ((uintptr_t)opaque >= LIBOS_FIRST_METHOD)
        return libos_make_method(ctx, p, atom, (uintptr_t)opaque - LIBOS_FIRST_METHOD);
    if (LIBOS_IS_SMALL)
        return JS_UNDEFINED;
    switch ((uintptr_t)opaque) {\n",
    ),
    // What cannot be made for want of memory is made the next time.
    (
        "    js_autoinit_free(ctx->rt, pr);\n    prs->flags &= ~JS_PROP_TMASK;\n    pr->u.value = JS_UNDEFINED;\n    if (JS_IsException(val))\n        return -1;\n",
        1,
        "    if (JS_IsException(val))\n        return -1;\n    js_autoinit_free(ctx->rt, pr);\n    prs->flags &= ~JS_PROP_TMASK;\n",
    ),
    (
        "    m->func_obj = func_obj;\n    JS_FreeValue(ctx, bfunc);\n    return 0;\n",
        1,
        "    m->func_obj = func_obj;\n    libos_keep_module(ctx, b, p);\n    JS_FreeValue(ctx, bfunc);\n    return 0;\n",
    ),
    (
        "            JSClosureVar *cv = &b->closure_var[i];
            JSVarRef *var_ref;
            if (cv->closure_type == JS_CLOSURE_MODULE_DECL) {",
        1,
        "            JSClosureVar *cv = at ? &unread : &b->closure_var[i];
            JSVarRef *var_ref;
            if (at)
                libos_get_closure_var(&at, &unread);
            if (cv->closure_type == JS_CLOSURE_MODULE_DECL) {",
    ),
    (
        "        /* create the global variables. The other variables are\n           imported from other modules */\n",
        1,
        "        JSClosureVar unread;\n        const uint8_t *at = libos_from_outside(b);\n",
    ),
    // Variables, lines and files of functions.
    ("&b->vardefs[", 9, "&libos_vardefs(b)["),
    (
        "    var_ref_idx = b->vardefs[b->arg_count + var_idx].var_ref_idx;\n",
        1,
        "    var_ref_idx = libos_vardefs(b)[b->arg_count + var_idx].var_ref_idx;\n",
    ),
    (
        "        if (b->vardefs)\n            atom = b->vardefs[b->arg_count + idx].var_name;\n",
        1,
        "        if (libos_vardefs(b))\n            atom = libos_vardefs(b)[b->arg_count + idx].var_name;\n",
    ),
    (
        "        atom = b->closure_var[idx].var_name;\n    } else {\n",
        1,
        "        atom = libos_outside_name(b, idx);\n    } else {\n",
    ),
    (
        "    *col = 1;\n    p = b->pc2line_buf;\n    if (!p)\n        goto fail;\n",
        1,
        "    *col = 1;
    if (!libos_has_lines(b))
        return 0;
    p = b->is_lazy ? b->byte_code_buf - b->pc2line_len : b->pc2line_buf;
    if (!b->pc2line_len)
        goto fail;
",
    ),
    (
        "        int *field = (int *) ((char *)b + magic);\n",
        1,
        "        if (!libos_has_lines(b))\n            return js_int32(0);\n        int *field = (int *) ((char *)b + magic);\n",
    ),
    (
        "b->filename ? JS_AtomToCString(ctx, b->filename) : NULL;",
        1,
        "libos_filename(b) ? JS_AtomToCString(ctx, libos_filename(b)) : NULL;",
    ),
    ("JS_AtomToString(ctx, b->filename)", 2, "JS_AtomToString(ctx, libos_filename(b))"),
    ("JS_DupAtom(ctx, b->filename)", 1, "JS_DupAtom(ctx, libos_filename(b))"),
    // A variable's name in an error.
    (
        "            atom = libos_vardefs(b)[b->arg_count + idx].var_name;\n    }\n",
        1,
        "            atom = libos_vardefs(b)[b->arg_count + idx].var_name;\n    }\n    atom = libos_variable_name(b, atom);\n",
    ),
    // The end of functions and contexts.
    (
        "    int i;\n\n    if (b->byte_code_buf)\n        free_bytecode_atoms(rt, b->byte_code_buf, b->byte_code_len, true);\n",
        1,
        "    int i;\n\n    if (b->is_lazy) {\n        libos_free_body(rt, b);\n        JS_FreeContext(b->realm);\n        goto freed;\n    }\n    if (b->byte_code_buf)\n        free_bytecode_atoms(rt, b->byte_code_buf, b->byte_code_len, true);\n",
    ),
    (
        "    js_free_rt(rt, b->pc2line_buf);\n    js_free_rt(rt, b->source);\n\n    remove_gc_object(&b->header);\n",
        1,
        "    js_free_rt(rt, b->pc2line_buf);\n    js_free_rt(rt, b->source);\n\n freed:\n    remove_gc_object(&b->header);\n",
    ),
    (
        "    js_free_shape_null(ctx->rt, ctx->regexp_result_shape);\n\n    list_del(&ctx->link);\n",
        1,
        "    js_free_shape_null(ctx->rt, ctx->regexp_result_shape);\n    libos_free_program(ctx);\n\n    list_del(&ctx->link);\n",
    ),
    // Reading. Nearly each number is one byte.
    (
        "    int ret;\n    ret = get_leb128(pval, s->ptr, s->buf_end);\n",
        1,
        "    int ret;
    if (likely(s->ptr < s->buf_end && *s->ptr < 0x80)) {
        *pval = *s->ptr++;
        return 0;
    }
    ret = get_leb128(pval, s->ptr, s->buf_end);
",
    ),
    (
        "        atom = JS_DupAtom(s->ctx, s->idx_to_atom[idx]);\n",
        1,
        "        if (s->libos_program && libos_make_atom(s, idx)) {
            *patom = JS_ATOM_NULL;
            return -1;
        }
        atom = JS_DupAtom(s->ctx, s->idx_to_atom[idx]);
",
    ),
    (
        "        obj = JS_ReadFunctionTag(s);\n",
        1,
        "        obj = LIBOS_IS_SMALL || s->libos_program ? libos_read_head(s) : JS_ReadFunctionTag(s);\n",
    ),
    // A program has no other constants: nobody writes them, nor reads them.
    (
        "    case BC_TAG_OBJECT:\n        obj = JS_ReadObjectTag(s);\n        break;\n",
        1,
        "",
    ),
    ("    case BC_TAG_TYPED_ARRAY:\n        obj = JS_ReadTypedArray(s);\n", 1, "#if 0\n"),
    ("        obj = JS_ReadObjectValue(s);\n        break;\n", 1, "#endif\n"),
    ("    case BC_TAG_OBJECT_REFERENCE:\n        {\n            uint32_t val;", 1, "#if 0\n        {\n            uint32_t val;"),
    (
        "                obj = JS_NewSymbolFromAtom(s->ctx, atom, p->atom_type);\n            }\n        }\n        break;\n    default:\n",
        1,
        "            }\n        }\n        break;\n#endif\n    default:\n",
    ),
    // Writing.
    (
        "#define BC_VERSION 29\n",
        1,
        "#define BC_VERSION 29\n#define LIBOS_BC_VERSION (BC_VERSION | 0x80)\n",
    ),
    ("    bc_put_u8(s, BC_VERSION);\n", 1, "    bc_put_u8(s, LIBOS_BC_VERSION);\n"),
    (
        "        if (JS_WriteFunctionTag(s, obj))\n",
        1,
        "        if (libos_write_function(s, obj))\n",
    ),
    (
        "    if (JS_WriteObjectRec(s, obj))\n        goto fail;\n    if (JS_WriteObjectAtoms(s))\n",
        1,
        "    libos_put_file(s, obj);\n    if (JS_WriteObjectRec(s, obj))\n        goto fail;\n    if (JS_WriteObjectAtoms(s))\n",
    ),
];
