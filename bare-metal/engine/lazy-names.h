/*
 * The names of a program that is read function by function (lazy.h): a table of where the text of each is,
 * until something that was read has it.
 */
#ifndef LIBOS_LAZY_NAMES_H
#define LIBOS_LAZY_NAMES_H

/* In the table of names: not made yet, and where its text is. */
#define LIBOS_UNMADE 0x80000000u

/* A private method, or what fills a class's fields in, that is not made yet: whose it is, and its name. */
struct LibosPrivate {
  JSObject *home;
  JSAtom name;
};

struct LibosProgram {
  uint8_t *start, *end;
  /* What stack traces call the file of a function with lines. */
  JSAtom file;
  /* The module's function, its object, and what it keeps for methods (lazy-closures.h). */
  JSFunctionBytecode *code;
  JSObject *module;
  const JSModuleDef *definition;
  JSVarRef **locals;
  int local_count, private_count;
  struct LibosPrivate *privates;
  uint32_t atom_count;
  JSAtom atoms[];
};

static BCReaderState libos_reader(JSContext *ctx, const uint8_t *from) {
  struct LibosProgram *program = ctx->libos_program;
  BCReaderState s = {
      .ctx = ctx,
      .buf_start = program->start,
      .ptr = from,
      .buf_end = program->end,
      .first_atom = JS_ATOM_END,
      .idx_to_atom_count = program->atom_count,
      .idx_to_atom = program->atoms,
      .allow_bytecode = true,
      .libos_program = program,
  };
  return s;
}

/* Makes the name of index `index`, if it was not made before. */
static int libos_make_atom(BCReaderState *s, uint32_t index) {
  JSAtom *slot = &s->idx_to_atom[index];
  if (likely(!(*slot & LIBOS_UNMADE)))
    return 0;
  BCReaderState text = libos_reader(s->ctx, s->buf_start + (*slot & ~LIBOS_UNMADE));
  uint8_t type;
  JSString *string = NULL;
  JSAtom atom = JS_ATOM_NULL;
  if (bc_get_u8(&text, &type) || !(string = JS_ReadString(&text)))
    return s->error_state = -1;
  atom = __JS_NewAtom(s->ctx->rt, string, type);
  if (atom == JS_ATOM_NULL) {
    JS_ThrowOutOfMemory(s->ctx);
    return s->error_state = -1;
  }
  *slot = atom;
  return 0;
}

/* The name that a number of the format stands for; the reference is the table's. */
static int libos_resolve(BCReaderState *s, uint32_t index, JSAtom *atom) {
  *atom = index;
  if (__JS_AtomIsTaggedInt(index) || index < s->first_atom)
    return 0;
  index -= s->first_atom;
  if (index >= s->idx_to_atom_count) {
    JS_ThrowSyntaxError(s->ctx, "invalid atom index");
    return s->error_state = -1;
  }
  if (libos_make_atom(s, index))
    return -1;
  *atom = s->idx_to_atom[index];
  return 0;
}

static int libos_to_atom(BCReaderState *s, uint32_t value, JSAtom *atom) {
  *atom = __JS_AtomFromUInt32(value >> 1);
  return value & 1 ? 0 : libos_resolve(s, value >> 1, atom);
}

static int libos_get_atom(BCReaderState *s, JSAtom *atom) {
  uint32_t value;
  *atom = JS_ATOM_NULL;
  return bc_get_leb128(s, &value) || libos_to_atom(s, value, atom) ? -1 : 0;
}

/*
 * Names of variables are for errors and for a direct `eval`: where there is none of it, they stay numbers
 * of the format until an error asks. `number` is what such a variable has as its name.
 */
static JSAtom libos_variable_name(const JSFunctionBytecode *b, uint32_t number) {
  if (!b->is_lazy || b->has_names)
    return number;
  BCReaderState s = libos_reader(b->realm, NULL);
  JSAtom atom;
  if (!libos_to_atom(&s, number, &atom))
    return atom;
  /* The error that is about to be thrown goes without it. */
  JS_FreeValue(s.ctx, JS_GetException(s.ctx));
  return JS_ATOM_NULL;
}

/* What stack traces call a function's file. */
static JSAtom libos_filename(const JSFunctionBytecode *b) {
  if (!b->is_lazy)
    return b->filename;
  return b->has_lines ? b->realm->libos_program->file : JS_ATOM_NULL;
}

static void libos_free_kept(JSContext *ctx, struct LibosProgram *program);

static void libos_free_program(JSContext *ctx) {
  struct LibosProgram *program = ctx->libos_program;
  if (!program)
    return;
  for (uint32_t i = 0; i < program->atom_count; i++)
    if (!(program->atoms[i] & LIBOS_UNMADE))
      JS_FreeAtom(ctx, program->atoms[i]);
  libos_free_kept(ctx, program);
  js_free(ctx, program);
}

/* The table of names: predefined ones, and where the text of each other one is. */
static int libos_read_atoms(BCReaderState *s, struct LibosProgram *program) {
  for (uint32_t i = 0; i < program->atom_count; i++) {
    uint32_t at = s->ptr - s->buf_start, more = 0, length;
    uint8_t type;
    if (bc_get_u8(s, &type))
      return -1;
    if (type & 0x80) {
      if ((type & 0x40) && bc_get_leb128(s, &more))
        return -1;
      program->atoms[i] = more << 6 | (type & 0x3f);
      continue;
    }
    if (bc_get_leb128(s, &length))
      return -1;
    size_t bytes = (size_t)(length >> 1) << (length & 1);
    if (bytes > (size_t)(s->buf_end - s->ptr))
      return bc_read_error_end(s);
    s->ptr += bytes;
    program->atoms[i] = at | LIBOS_UNMADE;
  }
  return 0;
}

#endif
