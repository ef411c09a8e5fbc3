#ifndef LIBOS_ASSERT_H
#define LIBOS_ASSERT_H
/* The engine is compiled with NDEBUG; its invariants cost a third of its speed. */
#define assert(condition) ((void)0)
#define static_assert _Static_assert
#endif
