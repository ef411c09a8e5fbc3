/*
 * Which weak references lead to an object or a symbol.
 *
 * The engine keeps a list in each object and each text, 8 bytes, though next to none is ever the target of
 * a WeakRef, a WeakMap or a FinalizationRegistry. Here one table has the records of all targets, and of a
 * target only a bit of its block's header says that there may be some. A record knows its target by what it
 * is for.
 *
 * The table grows when it can: where memory is too little, its lists get longer.
 */
#ifndef LIBOS_WEAK_H
#define LIBOS_WEAK_H

/* Records for each list of the table before it grows. */
enum { LIBOS_WEAK_LOAD = 2 };

static void *libos_weak_target(const JSWeakRefRecord *record) {
  switch (record->kind) {
  case JS_WEAK_REF_KIND_MAP:
    return JS_VALUE_GET_PTR(record->u.map_record->key);
  case JS_WEAK_REF_KIND_WEAK_REF:
    return JS_VALUE_GET_PTR(record->u.weak_ref_data->target);
  default:
    return JS_VALUE_GET_PTR(record->u.fin_rec_entry->target);
  }
}

/* The list that has the records of a target, in a table of a power of two of lists. */
static JSWeakRefRecord **libos_weak_slot(JSWeakRefRecord **lists, uint32_t count, const void *target) {
  uint32_t hash = (uint32_t)((uintptr_t)target >> 3) * 0x9E3779B1u;
  return &lists[(hash >> 12) & (count - 1)];
}

/* The list that has the records of a target, among others. */
static JSWeakRefRecord **libos_weak_list(JSRuntime *rt, const void *target) {
  return rt->libos_weak_lists ? libos_weak_slot(rt->libos_weak_lists, rt->libos_weak_list_count, target)
                              : &rt->libos_weak_first;
}

static void libos_weak_grow(JSRuntime *rt) {
  uint32_t old_count = rt->libos_weak_list_count, count = old_count ? 2 * old_count : 8;
  JSWeakRefRecord **old = rt->libos_weak_lists ? rt->libos_weak_lists : &rt->libos_weak_first;
  JSWeakRefRecord **lists = js_calloc_rt(rt, count, sizeof(lists[0]));
  if (!lists)
    return;
  for (uint32_t i = 0; i == 0 || i < old_count; i++) {
    /* The newest comes first: in the order of its list, each goes to the end of its new one. */
    JSWeakRefRecord *next;
    for (JSWeakRefRecord *record = old[i]; record; record = next) {
      JSWeakRefRecord **end = libos_weak_slot(lists, count, libos_weak_target(record));
      while (*end)
        end = &(*end)->next_weak_ref;
      next = record->next_weak_ref;
      record->next_weak_ref = NULL;
      *end = record;
    }
  }
  js_free_rt(rt, rt->libos_weak_lists);
  rt->libos_weak_lists = lists;
  rt->libos_weak_list_count = count;
}

/* Adds a record, which does not yet know its target. */
static void libos_add_weak(JSRuntime *rt, JSValueConst target, JSWeakRefRecord *record) {
  if (rt->libos_weak_count >= LIBOS_WEAK_LOAD * (rt->libos_weak_list_count ? rt->libos_weak_list_count : 1))
    libos_weak_grow(rt);
  rt->libos_weak_count++;
  JS_IS_WEAK_TARGET(JS_VALUE_GET_PTR(target)) = true;
  JSWeakRefRecord **list = libos_weak_list(rt, JS_VALUE_GET_PTR(target));
  record->next_weak_ref = *list;
  *list = record;
}

/* Takes the records of a target, which is about to go, out of the table. Returns them, the newest first. */
static JSWeakRefRecord *libos_take_weak(JSRuntime *rt, const void *target) {
  JSWeakRefRecord *taken = NULL, **end = &taken, **at = libos_weak_list(rt, target);
  while (*at) {
    JSWeakRefRecord *record = *at;
    if (libos_weak_target(record) != target) {
      at = &record->next_weak_ref;
      continue;
    }
    *at = record->next_weak_ref;
    record->next_weak_ref = NULL;
    *end = record;
    end = &record->next_weak_ref;
    rt->libos_weak_count--;
  }
  return taken;
}

/* Marks what a WeakMap has for an object. */
static void libos_mark_weak(JSRuntime *rt, const JSObject *target, JS_MarkFunc *mark) {
  for (JSWeakRefRecord *record = *libos_weak_list(rt, target); record; record = record->next_weak_ref)
    if (record->kind == JS_WEAK_REF_KIND_MAP && libos_weak_target(record) == target)
      JS_MarkValue(rt, record->u.map_record->value, mark);
}

#endif
