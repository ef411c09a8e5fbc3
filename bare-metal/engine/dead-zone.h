/*
 * `let` and `const` at the price of `var`: checks of the temporal dead zone (ECMA-262, 14.3.1) are
 * dropped where no path leads to them but through the declaration.
 *
 * A forward analysis of one function's bytecode, after variables were resolved and before labels are. A
 * bit for each local variable says "initialized on every path to here"; where paths meet, both must say
 * so. Only entering its scope takes a variable's value away, and nobody outside of the scope can name it:
 * so an exception handler and the end of a `finally` need no more than the state where they were armed.
 */
#ifndef QJS_DISABLE_PARSER

typedef struct DeadZone {
  JSFunctionDef *function;
  /* Words of one state. */
  int words;
  /* The state where the scan is, and the one of each label; all ones: no path has come yet. */
  uint64_t *here, *labels;
  /* Variables that are still asked about. */
  uint64_t *needed;
  bool is_changed;
} DeadZone;

static bool has_bit(const uint64_t *state, int index) { return state[index >> 6] >> (index & 63) & 1; }

static void join(DeadZone *zone, int label) {
  uint64_t *target = zone->labels + (size_t)label * zone->words;
  for (int i = 0; i < zone->words; i++) {
    uint64_t both = target[i] & zone->here[i];
    zone->is_changed |= both != target[i];
    target[i] = both;
  }
}

static void step(DeadZone *zone, int op, const uint8_t *code, bool is_rewriting) {
  uint64_t *here = zone->here;
  int index = 0;
  switch (opcode_info[op].fmt) {
  case OP_FMT_label:
    /* At a label, what falls through joins what jumps. */
    join(zone, get_u32(code + 1));
    if (op == OP_label)
      memcpy(here, zone->labels + (size_t)get_u32(code + 1) * zone->words, zone->words * 8);
    break;
  case OP_FMT_atom_label_u8:
    join(zone, get_u32(code + 5));
    break;
  case OP_FMT_loc:
    index = get_u16(code + 1);
    if (op == OP_set_loc_uninitialized)
      here[index >> 6] &= ~((uint64_t)1 << (index & 63));
    else if (op != OP_get_loc && op != OP_put_loc && op != OP_set_loc && op != OP_close_loc &&
             is_rewriting)
      zone->needed[index >> 6] |= (uint64_t)1 << (index & 63);
    if (op == OP_put_loc || op == OP_set_loc || op == OP_get_loc_check || op == OP_put_loc_check ||
        op == OP_put_loc_check_init)
      here[index >> 6] |= (uint64_t)1 << (index & 63);
    break;
  default:
    break;
  }
  switch (op) {
  case OP_goto:
  case OP_return:
  case OP_return_undef:
  case OP_return_async:
  case OP_throw:
  case OP_throw_error:
  case OP_ret:
  case OP_tail_call:
  case OP_tail_call_method:
    memset(here, 0xff, zone->words * 8);
  }
}

/* Goes through the function once; drops checks where it is told to. */
static void scan(DeadZone *zone, bool is_rewriting) {
  uint8_t *code = zone->function->byte_code.buf;
  int length = zone->function->byte_code.size;
  memset(zone->here, 0, zone->words * 8);
  for (int pos = 0; pos < length; pos += opcode_info[code[pos]].size) {
    int op = code[pos];
    if (is_rewriting && (op == OP_get_loc_check || op == OP_put_loc_check) &&
        has_bit(zone->here, get_u16(code + pos + 1)))
      op = code[pos] = op == OP_get_loc_check ? OP_get_loc : OP_put_loc;
    step(zone, op, code + pos, is_rewriting);
  }
}

/* A variable that nobody asks about, here or in a closure, need not be marked as uninitialized. */
static void drop_marks(DeadZone *zone) {
  uint8_t *code = zone->function->byte_code.buf;
  int length = zone->function->byte_code.size, size;
  for (int pos = 0; pos < length; pos += size) {
    size = opcode_info[code[pos]].size;
    if (code[pos] != OP_set_loc_uninitialized)
      continue;
    int index = get_u16(code + pos + 1);
    if (!zone->function->vars[index].is_captured && !has_bit(zone->needed, index))
      memset(code + pos, OP_nop, size);
  }
}

/* Where a variable can be reached in ways that bytecode does not show, everything stays. */
static bool is_opaque(const JSFunctionDef *fd) {
  return fd->has_eval_call || fd->var_count == 0 || fd->byte_code.size == 0;
}

static __exception int libos_drop_checks(JSContext *ctx, JSFunctionDef *fd) {
  if (is_opaque(fd))
    return 0;
  DeadZone zone = {.function = fd, .words = (fd->var_count + 63) / 64};
  size_t states = (size_t)fd->label_count + 2;
  zone.here = js_malloc(ctx, states * zone.words * 8);
  if (!zone.here)
    return -1;
  zone.needed = zone.here + zone.words;
  zone.labels = zone.needed + zone.words;
  memset(zone.labels, 0xff, (size_t)fd->label_count * zone.words * 8);
  do {
    zone.is_changed = false;
    scan(&zone, false);
  } while (zone.is_changed);
  memset(zone.needed, 0, zone.words * 8);
  scan(&zone, true);
  drop_marks(&zone);
  js_free(ctx, zone.here);
  return 0;
}

#endif
