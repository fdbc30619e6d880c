// The functions of complex numbers that ucrtbase.dll of old versions of wine lacks, and numpy needs.
//
// Microsoft's complex types are structures, which Windows passes in another way than the compiler's own complex types;
// its long double is a double. `windows-python.mjs` reads the names of the functions from the lines below.
#include <complex.h>

typedef struct {
  double re, im;
} Double;
typedef struct {
  float re, im;
} Float;

static double _Complex wide(Double z) { return __builtin_complex(z.re, z.im); }
static double _Complex narrow(Float z) { return __builtin_complex((double)z.re, (double)z.im); }
static Double as_double(double _Complex z) { return (Double){creal(z), cimag(z)}; }
static Float as_float(double _Complex z) { return (Float){(float)creal(z), (float)cimag(z)}; }

#define FUNCTION(name)                                                                                                 \
  Double own_##name(Double z) { return as_double(name(wide(z))); }                                                     \
  Double own_##name##l(Double z) { return own_##name(z); }                                                             \
  Float own_##name##f(Float z) { return as_float(name(narrow(z))); }
#define MEASURE(name)                                                                                                  \
  double own_##name(Double z) { return name(wide(z)); }                                                                \
  double own_##name##l(Double z) { return own_##name(z); }                                                             \
  float own_##name##f(Float z) { return (float)name(narrow(z)); }
#define OPERATION(name)                                                                                                \
  Double own_##name(Double a, Double b) { return as_double(name(wide(a), wide(b))); }                                  \
  Double own_##name##l(Double a, Double b) { return own_##name(a, b); }                                                \
  Float own_##name##f(Float a, Float b) { return as_float(name(narrow(a), narrow(b))); }

FUNCTION(cacos)
FUNCTION(cacosh)
FUNCTION(casin)
FUNCTION(casinh)
FUNCTION(catan)
FUNCTION(catanh)
FUNCTION(ccos)
FUNCTION(ccosh)
FUNCTION(cexp)
FUNCTION(clog)
FUNCTION(conj)
FUNCTION(cproj)
FUNCTION(csin)
FUNCTION(csinh)
FUNCTION(csqrt)
FUNCTION(ctan)
FUNCTION(ctanh)
MEASURE(cabs)
MEASURE(carg)
MEASURE(cimag)
MEASURE(creal)
OPERATION(cpow)
