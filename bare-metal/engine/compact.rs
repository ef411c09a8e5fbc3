//! What objects, texts and variables of closures have less of, so that each is 8 bytes smaller, and a heap
//! of a few kinds of blocks has fewer unused ones.

/// What is replaced, how often it occurs, and by what.
pub const PATCHES: &[(&str, usize, &str)] = &[
    // Flags move to the header that each block has anyway.
    (
        "    uint8_t  gc_obj_type : 7; /* JSGCObjectTypeEnum for GC objects */\n    uint8_t  mark : 1;        /* used by the cycle collector */\n",
        1,
        "    uint8_t  gc_obj_type : 4;
    uint8_t  mark : 1;
    uint8_t  is_weak_target : 1; /* objects and symbols: `weak.h` may know who */
    uint8_t  is_detached : 1;    /* JSVarRef */
    uint8_t  is_coro : 1;        /* JSVarRef */
",
    ),
    (
        "#define JS_GC_MARK(p)   (js_rc(p)->mark)\n",
        1,
        "#define JS_GC_MARK(p)   (js_rc(p)->mark)
#define JS_IS_WEAK_TARGET(p) (js_rc(p)->is_weak_target)
#define JS_IS_DETACHED(p) (js_rc(p)->is_detached)
#define JS_IS_CORO(p) (js_rc(p)->is_coro)
",
    ),
    // Variables that closures take.
    (
        "    uint8_t is_detached;\n    uint8_t is_lexical; /* only used with global variables */\n    uint8_t is_const; /* only used with global variables */\n",
        1,
        "",
    ),
    ("    uint8_t is_coro;\n    JSValue *pvalue;", 1, "    JSValue *pvalue;"),
    ("        var_ref->is_lexical = false;\n        var_ref->is_const = false;\n", 1, ""),
    ("pr->u.var_ref->is_detached", 1, "JS_IS_DETACHED(pr->u.var_ref)"),
    ("pr->u.var_ref->is_coro", 1, "JS_IS_CORO(pr->u.var_ref)"),
    ("(vr->is_detached || vr->is_coro)", 1, "(JS_IS_DETACHED(vr) || JS_IS_CORO(vr))"),
    ("var_ref->is_detached", 9, "JS_IS_DETACHED(var_ref)"),
    ("var_ref->is_coro", 9, "JS_IS_CORO(var_ref)"),
    // Targets of weak references (`weak.h`).
    ("    JSWeakRefRecord *first_weak_ref;\n", 2, ""),
    (
        "    JSShape **shape_hash;\n    void *user_opaque;\n",
        1,
        "    JSShape **shape_hash;
    JSWeakRefRecord *libos_weak_first;
    JSWeakRefRecord **libos_weak_lists;
    uint32_t libos_weak_list_count;
    uint32_t libos_weak_count;
    void *user_opaque;
",
    ),
    (
        "typedef struct JSRuntimeFinalizerState {\n",
        1,
        "typedef struct JSWeakRefRecord JSWeakRefRecord;\ntypedef struct JSRuntimeFinalizerState {\n",
    ),
    (
        "static void reset_weak_ref(JSRuntime *rt, JSWeakRefRecord **first_weak_ref);\n",
        1,
        "static void reset_weak_ref(JSRuntime *rt, JSWeakRefRecord **first_weak_ref);
static JSWeakRefRecord **libos_weak_list(JSRuntime *rt, const void *target);
static void libos_add_weak(JSRuntime *rt, JSValueConst target, JSWeakRefRecord *record);
static JSWeakRefRecord *libos_take_weak(JSRuntime *rt, const void *target);
static void libos_mark_weak(JSRuntime *rt, const JSObject *target, JS_MarkFunc *mark);
",
    ),
    ("    p->first_weak_ref = NULL;\n", 2, "    JS_IS_WEAK_TARGET(p) = false;\n"),
    (
        "    if (unlikely(p->first_weak_ref)) {\n        reset_weak_ref(rt, &p->first_weak_ref);\n    }\n",
        2,
        "    if (unlikely(JS_IS_WEAK_TARGET(p))) {\n        JSWeakRefRecord *records = libos_take_weak(rt, p);\n        reset_weak_ref(rt, &records);\n    }\n",
    ),
    (
        "            if (unlikely(p->first_weak_ref)) {\n                mark_weak_map_value(rt, p->first_weak_ref, mark_func);\n            }\n",
        1,
        "            if (unlikely(JS_IS_WEAK_TARGET(p)))\n                libos_mark_weak(rt, p, mark_func);\n",
    ),
    ("static void mark_weak_map_value(", 1, "static __maybe_unused void mark_weak_map_value("),
    (
        "static JSWeakRefRecord **get_first_weak_ref(JSValueConst key)\n",
        1,
        "#if 0\nstatic JSWeakRefRecord **get_first_weak_ref(JSValueConst key)\n",
    ),
    (
        "        return NULL; // pacify compiler\n}\n\nstatic JSMapRecord *map_add_record(",
        1,
        "        return NULL;\n}\n#endif\n\nstatic JSMapRecord *map_add_record(",
    ),
    (
        "    pwr = get_first_weak_ref(mr->key);\n",
        1,
        "    pwr = libos_weak_list(rt, JS_VALUE_GET_PTR(mr->key));\n",
    ),
    (
        "    pwr = get_first_weak_ref(wrd->target);\n",
        1,
        "    pwr = libos_weak_list(rt, JS_VALUE_GET_PTR(wrd->target));\n",
    ),
    (
        "    pwr = get_first_weak_ref(fre->target);\n",
        1,
        "    pwr = libos_weak_list(rt, JS_VALUE_GET_PTR(fre->target));\n",
    ),
    (
        "    *pwr = wr->next_weak_ref;\n",
        3,
        "    *pwr = wr->next_weak_ref;\n    rt->libos_weak_count--;\n",
    ),
    ("        insert_weakref_record(key, wr);\n", 1, "        libos_add_weak(ctx->rt, key, wr);\n"),
    ("    insert_weakref_record(arg, wr);\n", 1, "    libos_add_weak(ctx->rt, arg, wr);\n"),
    ("    insert_weakref_record(target, wr);\n", 1, "    libos_add_weak(ctx->rt, target, wr);\n"),
    (
        "static void insert_weakref_record(JSValueConst target,\n                                  struct JSWeakRefRecord *wr);\n",
        1,
        "",
    ),
    (
        "static void insert_weakref_record(JSValueConst target,
                                  struct JSWeakRefRecord *wr)
{
    JSWeakRefRecord **pwr = get_first_weak_ref(target);
    /* Add the weak reference */
    wr->next_weak_ref = *pwr;
    *pwr = wr;
}
",
        1,
        "",
    ),
    // One that goes while the values of its target's other records are freed asks for no target any more.
    (
        "            wrd->target = JS_UNDEFINED;\n            break;\n",
        1,
        "            JS_SetOpaqueInternal(wrd->obj, &js_weakref_sentinel);\n            break;\n",
    ),
    (
        "            JS_SetOpaqueInternal(wrd->obj, &js_weakref_sentinel);\n            js_free_rt(rt, wrd);\n",
        1,
        "            js_free_rt(rt, wrd);\n",
    ),
    (
        "    js_free_rt(rt, rt->atom_hash);\n    js_free_rt(rt, rt->shape_hash);\n",
        1,
        "    js_free_rt(rt, rt->atom_hash);\n    js_free_rt(rt, rt->libos_weak_lists);\n    js_free_rt(rt, rt->shape_hash);\n",
    ),
    // Blocks of one size lie in arenas: where there are few of them, in small ones.
    (
        "    n_blocks = (JS_ARENA_SIZE - sizeof(JSArena)) / block_size;\n",
        1,
        "    struct list_head *others = &rt->arena_state.arena_list[block_size_idx];
    struct list_head *second = others->next->next;
    int part = list_empty(others) ? 4 : second == others || second->next == others ? 2 : 1;
    n_blocks = (JS_ARENA_SIZE / part - sizeof(JSArena)) / block_size;\n",
    ),
];
