//! Mathematics, from the crate `libm` (a port of musl's).

macro_rules! export {
    ($($name:ident($($argument:ident),*);)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name($($argument: f64),*) -> f64 {
            libm::$name($($argument),*)
        }
    )*};
}

export! {
    acos(x); acosh(x); asin(x); asinh(x); atan(x); atanh(x); atan2(y, x); cbrt(x); ceil(x);
    copysign(x, y); cos(x); cosh(x); exp(x); expm1(x); fabs(x); floor(x); fmod(x, y); hypot(x, y);
    log(x); log10(x); log1p(x); log2(x); pow(x, y); round(x); sin(x); sinh(x); sqrt(x); tan(x);
    tanh(x); trunc(x);
}

#[unsafe(no_mangle)]
extern "C" fn frexp(value: f64, exponent: *mut i32) -> f64 {
    let (fraction, power) = libm::frexp(value);
    // SAFETY: C's contract: the pointer is valid.
    unsafe { exponent.write(power) };
    fraction
}

#[unsafe(no_mangle)]
extern "C" fn scalbn(value: f64, power: i32) -> f64 {
    libm::scalbn(value, power)
}

/// Rounds to the nearest integer, ties to even: the rounding mode is never changed.
#[unsafe(no_mangle)]
extern "C" fn lrint(value: f64) -> i64 {
    libm::rint(value) as i64
}

#[unsafe(no_mangle)]
extern "C" fn abs(value: i32) -> i32 {
    value.wrapping_abs()
}
