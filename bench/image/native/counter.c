/*
 * A plugin of QEMU's emulation that counts how often each instruction of the guest runs, exactly.
 *
 *   qemu-system-x86_64 -accel tcg … -plugin counter.so,control=FIFO,out=FILE
 *
 * A byte written to FIFO appends a snapshot to FILE: lines of "address count" in hexadecimal, then a line
 * with a dot. Counts only grow: the difference of two snapshots is what ran between them. The functions
 * are those of QEMU's plugin API, version 1 (docs/devel/tcg-plugins.rst); their header is in no package.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
typedef uint64_t plugin_id;
struct tb;
struct insn;
enum { INLINE_ADD_U64 = 0 };
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id, void (*callback)(plugin_id, struct tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct tb *tb, int op, void *counter, uint64_t amount);
size_t qemu_plugin_tb_n_insns(const struct tb *tb);
struct insn *qemu_plugin_tb_get_insn(const struct tb *tb, size_t index);
uint64_t qemu_plugin_insn_vaddr(const struct insn *insn);

EXPORT int qemu_plugin_version = 1;

/* One translated block: the counter that the emulator adds to, and the addresses of its instructions. */
struct block {
  uint64_t runs;
  struct block *next;
  size_t length;
  uint64_t addresses[];
};
static struct block *blocks;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char control_path[4096], out_path[4096];

static void translated(plugin_id id, struct tb *tb) {
  (void)id;
  size_t length = qemu_plugin_tb_n_insns(tb);
  struct block *block = malloc(sizeof(*block) + length * sizeof(block->addresses[0]));
  if (!block)
    abort();
  block->runs = 0;
  block->length = length;
  for (size_t i = 0; i < length; i++)
    block->addresses[i] = qemu_plugin_insn_vaddr(qemu_plugin_tb_get_insn(tb, i));
  qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &block->runs, 1);
  pthread_mutex_lock(&lock);
  block->next = blocks;
  blocks = block;
  pthread_mutex_unlock(&lock);
}

static void snapshot(void) {
  FILE *out = fopen(out_path, "a");
  if (!out)
    return;
  pthread_mutex_lock(&lock);
  for (const struct block *block = blocks; block; block = block->next)
    for (size_t i = 0; block->runs && i < block->length; i++)
      fprintf(out, "%" PRIx64 " %" PRIx64 "%s\n", block->addresses[i], block->runs, i ? "" : " +");
  pthread_mutex_unlock(&lock);
  fputs(".\n", out);
  fclose(out);
}

static void *listen(void *unused) {
  char byte;
  for (;;) {
    int control = open(control_path, O_RDONLY);
    if (control < 0)
      return unused;
    while (read(control, &byte, 1) == 1)
      snapshot();
    close(control);
  }
}

static bool take(const char *argument, const char *name, char *target) {
  size_t length = strlen(name);
  if (strncmp(argument, name, length))
    return false;
  snprintf(target, sizeof(control_path), "%s", argument + length);
  return true;
}

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int count, char **arguments) {
  (void)info;
  for (int i = 0; i < count; i++)
    if (!take(arguments[i], "control=", control_path) && !take(arguments[i], "out=", out_path))
      return -1;
  pthread_t thread;
  if (!*control_path || !*out_path || pthread_create(&thread, NULL, listen, NULL))
    return -1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  return 0;
}
