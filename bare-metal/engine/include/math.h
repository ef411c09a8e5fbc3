#ifndef LIBOS_MATH_H
#define LIBOS_MATH_H
/* Implemented by the Rust crate libm. */
#define NAN __builtin_nanf("")
#define INFINITY __builtin_inff()
#define HUGE_VAL __builtin_inf()
#define isnan(x) __builtin_isnan(x)
#define isinf(x) __builtin_isinf(x)
#define isfinite(x) __builtin_isfinite(x)
#define signbit(x) __builtin_signbit(x)
#define fpclassify(x) \
  __builtin_fpclassify(FP_NAN, FP_INFINITE, FP_NORMAL, FP_SUBNORMAL, FP_ZERO, x)
enum { FP_NAN, FP_INFINITE, FP_ZERO, FP_SUBNORMAL, FP_NORMAL };
double acos(double), acosh(double), asin(double), asinh(double), atan(double), atanh(double);
double atan2(double, double), cbrt(double), ceil(double), cos(double), cosh(double);
double exp(double), expm1(double), fabs(double), floor(double), fmax(double, double);
double fmin(double, double), fmod(double, double), frexp(double, int *), hypot(double, double);
double ldexp(double, int), log(double), log10(double), log1p(double), log2(double);
double modf(double, double *), pow(double, double), rint(double), round(double);
double scalbn(double, int), sin(double), sinh(double), sqrt(double), tan(double), tanh(double);
double trunc(double);
long lrint(double);
double copysign(double, double);
/* One instruction each, which a freestanding compiler would not know. */
#define fabs(x) __builtin_fabs(x)
#define sqrt(x) __builtin_sqrt(x)
#define copysign(x, y) __builtin_copysign(x, y)
#endif
