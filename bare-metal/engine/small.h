/*
 * What the small build of the engine leaves out: tables of Unicode (`normalize` beyond Latin, and
 * `\p{…}` where a regular expression is made at run time; literals are compiled by the image builder),
 * and what is written in bytecode or hardly used. `libos/image/kernels.ts` tells the names.
 */
#ifndef LIBOS_SMALL_H
#define LIBOS_SMALL_H
#include "libunicode.h"

static int libos_no_property(void) { return -2; }
#define unicode_script(set, name, is_extended) libos_no_property()
#define unicode_general_category(set, name) libos_no_property()
#define unicode_prop(set, name) libos_no_property()
#define unicode_sequence_prop(name, callback, opaque, set) libos_no_property()

#endif
