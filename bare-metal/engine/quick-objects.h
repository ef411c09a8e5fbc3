/* The quick interpreter (quick.h): properties, private fields, elements, and what makes objects. */

static JSProperty quick_absent = {.u = {.value = {.tag = JS_TAG_UNDEFINED}}};
/* An object's own property, and its flags; NULL where it has none. */
QUICK_INLINE JSProperty *quick_find_own(JSObject *object, JSAtom atom, uint32_t *flags) {
  JSShape *shape = object->shape;
  JSShapeProperty *described = get_shape_prop(shape);
  uint32_t at = prop_hash_end(shape)[-1 - (intptr_t)hash_atom(atom, shape->prop_hash_mask)];
  for (; at != 0; at = described[at - 1].hash_next) {
    if (described[at - 1].atom != atom)
      continue;
    *flags = described[at - 1].flags;
    JSProperty *property = &object->prop[at - 1];
    __builtin_assume(property != NULL);
    return property;
  }
  return NULL;
}
/* The plain property that a name finds, also in the prototypes; NULL where more is needed to
 * know. */
QUICK_INLINE JSProperty *quick_find(JSValue value, JSAtom atom) {
  if (unlikely(TAG(value) != (uint32_t)JS_TAG_OBJECT))
    return NULL;
  for (JSObject *object = JS_VALUE_GET_OBJ(value);;) {
    uint32_t flags;
    JSProperty *property = quick_find_own(object, atom, &flags);
    if (property)
      return unlikely(flags & JS_PROP_TMASK) ? NULL : property;
    if (unlikely(object->is_exotic))
      return NULL;
    object = object->shape->proto;
    if (!object)
      return &quick_absent;
  }
}
/* A property of what is no plain object, or that a getter has: it takes the place of the object. */
#define GET_SLOW(name, atom, length)                                                               \
  RARE(name) {                                                                                     \
    run->sf->cur_pc = pc + (length);                                                               \
    JSValue value = JS_GetPropertyInternal(run->ctx, sp[-1], atom, sp[-1], false);                 \
    pc += (length);                                                                                \
    if (unlikely(JS_IsException(value)))                                                           \
      THROW;                                                                                       \
    quick_free(run, sp[-1]);                                                                       \
    RELOAD;                                                                                        \
    sp[-1] = value;                                                                                \
    NEXT;                                                                                          \
  }
GET_SLOW(get_field_slow, get_u32(pc), 4)
OP(get_field) {
  JSProperty *property = quick_find(sp[-1], get_u32(pc));
  if (unlikely(!property))
    GO(get_field_slow);
  JSValue object = sp[-1];
  sp[-1] = quick_counted(property->u.value);
  pc += 4;
  FREE_NEXT(object);
}
RARE(get_field2_slow) {
  run->sf->cur_pc = pc + 4;
  JSValue value = JS_GetPropertyInternal(run->ctx, sp[-1], get_u32(pc), sp[-1], false);
  pc += 4;
  if (unlikely(JS_IsException(value)))
    THROW;
  RELOAD;
  *sp++ = value;
  NEXT;
}
OP(get_field2) {
  JSProperty *property = quick_find(sp[-1], get_u32(pc));
  if (unlikely(!property))
    GO(get_field2_slow);
  *sp++ = quick_counted(property->u.value);
  pc += 4;
  NEXT;
}
GET_SLOW(get_length_slow, JS_ATOM_length, 0)
OP(get_length) {
  JSProperty *property = quick_find(sp[-1], JS_ATOM_length);
  if (unlikely(!property))
    GO(get_length_slow);
  JSValue object = sp[-1];
  sp[-1] = quick_counted(property->u.value);
  FREE_NEXT(object);
}
RARE(put_field_slow) {
  JSValue object = sp[-2];
  run->sf->cur_pc = pc + 4;
  int end = JS_SetPropertyInternal2(run->ctx, object, get_u32(pc), sp[-1], object,
                                    JS_PROP_THROW_STRICT);
  quick_free(run, object);
  sp -= 2;
  pc += 4;
  if (unlikely(end < 0))
    THROW;
  RELOAD;
  NEXT;
}
OP(put_field) {
  JSValue target = sp[-2];
  if (unlikely(TAG(target) != (uint32_t)JS_TAG_OBJECT || IS_LAST(target)))
    GO(put_field_slow);
  uint32_t flags;
  JSProperty *property = quick_find_own(JS_VALUE_GET_OBJ(target), get_u32(pc), &flags);
  if (unlikely(!property || (flags & (JS_PROP_TMASK | JS_PROP_WRITABLE | JS_PROP_LENGTH)) !=
                                JS_PROP_WRITABLE))
    GO(put_field_slow);
  JSValue old = property->u.value;
  property->u.value = sp[-1];
  pc += 4;
  sp -= 2;
  JS_REF_COUNT(JS_VALUE_GET_OBJ(target))--;
  FREE_NEXT(old);
}
/* A private name is a symbol, and its field a property. Nothing is freed here: neither is the
 * last one. */
QUICK_INLINE JSProperty *quick_find_private(QuickRun *run, JSValue value, JSValue name) {
  if (unlikely(TAG(value) != (uint32_t)JS_TAG_OBJECT || TAG(name) != (uint32_t)JS_TAG_SYMBOL ||
               IS_LAST(value) || IS_LAST(name)))
    return NULL;
  uint32_t flags;
  return quick_find_own(JS_VALUE_GET_OBJ(value), js_symbol_to_atom(run->ctx, name), &flags);
}
OP(get_private_field) {
  JSProperty *property = quick_find_private(run, sp[-2], sp[-1]);
  if (unlikely(!property))
    LEAVE;
  JS_REF_COUNT(JS_VALUE_GET_PTR(sp[-1]))--;
  JS_REF_COUNT(JS_VALUE_GET_PTR(sp[-2]))--;
  sp[-2] = quick_counted(property->u.value);
  sp--;
  NEXT;
}
OP(put_private_field) {
  JSProperty *property = quick_find_private(run, sp[-3], sp[-1]);
  if (unlikely(!property))
    LEAVE;
  JS_REF_COUNT(JS_VALUE_GET_PTR(sp[-1]))--;
  JS_REF_COUNT(JS_VALUE_GET_PTR(sp[-3]))--;
  JSValue old = property->u.value;
  property->u.value = sp[-2];
  sp -= 3;
  FREE_NEXT(old);
}
OP(check_brand) {
  if (unlikely(TAG(sp[-2]) != (uint32_t)JS_TAG_OBJECT || TAG(sp[-1]) != (uint32_t)JS_TAG_OBJECT))
    LEAVE;
  JSObject *function = JS_VALUE_GET_OBJ(sp[-1]);
  if (unlikely(!js_class_has_bytecode(function->class_id) || !function->u.func.home_object))
    LEAVE;
  uint32_t flags;
  JSProperty *brand = quick_find_own(function->u.func.home_object, JS_ATOM_Private_brand, &flags);
  if (unlikely(!brand || TAG(brand->u.value) != (uint32_t)JS_TAG_SYMBOL ||
               !quick_find_own(JS_VALUE_GET_OBJ(sp[-2]),
                               js_symbol_to_atom(run->ctx, brand->u.value), &flags)))
    LEAVE;
  NEXT;
}
RARE(get_array_el_slow) {
  JSValue array = sp[-2];
  run->sf->cur_pc = pc;
  JSValue value = JS_GetPropertyValue(run->ctx, array, sp[-1]);
  sp--;
  sp[-1] = value;
  quick_free(run, array);
  if (unlikely(JS_IsException(value)))
    THROW;
  RELOAD;
  NEXT;
}
OP(get_array_el) {
  JSValue array = sp[-2];
  if (unlikely(TAG(array) != (uint32_t)JS_TAG_OBJECT || TAG(sp[-1]) != JS_TAG_INT))
    GO(get_array_el_slow);
  JSObject *object = JS_VALUE_GET_OBJ(array);
  uint32_t index = JS_VALUE_GET_INT(sp[-1]);
  if (object->class_id == JS_CLASS_UINT8_ARRAY && likely(index < object->u.array.count))
    sp[-2] = js_int32(object->u.array.u.uint8_ptr[index]);
  else if (object->class_id == JS_CLASS_ARRAY && likely(index < object->u.array.count))
    sp[-2] = quick_counted(object->u.array.u.values[index]);
  else
    GO(get_array_el_slow);
  sp--;
  FREE_NEXT(array);
}
/* The key and the value are freed by the engine. */
RARE(put_array_el_slow) {
  run->sf->cur_pc = pc;
  int end = JS_SetPropertyValue(run->ctx, sp[-3], sp[-2], sp[-1], JS_PROP_THROW_STRICT);
  sp -= 3;
  quick_free(run, *sp);
  if (unlikely(end < 0))
    THROW;
  RELOAD;
  NEXT;
}
OP(put_array_el) {
  JSValue array = sp[-3];
  if (unlikely(TAG(array) != (uint32_t)JS_TAG_OBJECT || TAG(sp[-2]) != JS_TAG_INT ||
               IS_LAST(array)))
    LEAVE;
  JSObject *object = JS_VALUE_GET_OBJ(array);
  uint32_t index = JS_VALUE_GET_INT(sp[-2]);
  JSValue old = JS_UNDEFINED;
  if (object->class_id == JS_CLASS_ARRAY) {
    /* One that becomes longer is the engine's. */
    if (unlikely(index >= object->u.array.count))
      LEAVE;
    old = object->u.array.u.values[index];
    object->u.array.u.values[index] = sp[-1];
  } else if (object->class_id == JS_CLASS_UINT8_ARRAY && TAG(sp[-1]) == JS_TAG_INT &&
             likely(index < object->u.array.count) && !typed_array_is_immutable(object)) {
    object->u.array.u.uint8_ptr[index] = JS_VALUE_GET_INT(sp[-1]);
  } else {
    GO(put_array_el_slow);
  }
  sp -= 3;
  JS_REF_COUNT(object)--;
  FREE_NEXT(old);
}
OP(to_object) {
  if (unlikely(TAG(sp[-1]) != (uint32_t)JS_TAG_OBJECT))
    LEAVE;
  NEXT;
}
OP(to_propkey) {
  int32_t tag = JS_VALUE_GET_TAG(sp[-1]);
  if (unlikely(tag != JS_TAG_INT && tag != JS_TAG_STRING && tag != JS_TAG_SYMBOL))
    LEAVE;
  NEXT;
}
OP(typeof) {
  JSValue value = sp[-1];
  sp[-1] = JS_AtomToString(run->ctx, js_operator_typeof(run->ctx, value));
  RELOAD;
  FREE_NEXT(value);
}
OP(array_from) {
  int count = get_u16(pc);
  JSValue array = JS_NewArrayFrom(run->ctx, count, sp - count);
  pc += 2;
  sp -= count;
  if (unlikely(JS_IsException(array)))
    THROW;
  RELOAD;
  *sp++ = array;
  NEXT;
}
OP(for_of_next) {
  run->sf->cur_pc = pc + 1;
  int end = js_for_of_next(run->ctx, sp, -3 - *pc++);
  if (unlikely(end))
    THROW;
  RELOAD;
  sp += 2;
  NEXT;
}
OP(get_var) {
  run->sf->cur_pc = pc + 4;
  JSValue value = JS_GetGlobalVar(run->ctx, get_u32(pc), true);
  pc += 4;
  if (unlikely(JS_IsException(value)))
    THROW;
  RELOAD;
  *sp++ = value;
  NEXT;
}
OP(object) {
  JSValue value = JS_NewObject(run->ctx);
  if (unlikely(JS_IsException(value)))
    THROW;
  RELOAD;
  *sp++ = value;
  NEXT;
}
RARE(define_field_slow) {
  int end = JS_DefinePropertyValue(run->ctx, sp[-2], get_u32(pc), sp[-1],
                                   JS_PROP_C_W_E | JS_PROP_THROW);
  sp--;
  pc += 4;
  if (unlikely(end < 0))
    THROW;
  RELOAD;
  NEXT;
}
/* A new property of a plain object, as literals have them. */
OP(define_field) {
  JSObject *object = JS_VALUE_GET_OBJ(sp[-2]);
  uint32_t flags;
  if (unlikely(TAG(sp[-2]) != (uint32_t)JS_TAG_OBJECT || object->class_id != JS_CLASS_OBJECT ||
               !object->extensible || object->is_exotic || object->is_prototype ||
               quick_find_own(object, get_u32(pc), &flags)))
    GO(define_field_slow);
  JSProperty *property = add_property(run->ctx, object, get_u32(pc), JS_PROP_C_W_E);
  sp--;
  pc += 4;
  if (unlikely(!property)) {
    quick_free(run, *sp);
    THROW;
  }
  RELOAD;
  property->u.value = *sp;
  NEXT;
}
OP(fclosure8) {
  JSValue value = js_closure(run->ctx, quick_counted(run->code->cpool[*pc++]), var_refs, run->sf);
  if (unlikely(JS_IsException(value)))
    THROW;
  RELOAD;
  *sp++ = value;
  NEXT;
}
