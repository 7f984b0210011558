// What libsodium's configure would find out, from what the compiler says about its target. Included
// before every file of libsodium.
#pragma once

#define CONFIGURED 1
#define SODIUM_STATIC 1
#define HAVE_WEAK_SYMBOLS 1
#define HAVE_INLINE_ASM 1
#define HAVE_C_VARARRAYS 1
#define HAVE_ALLOCA_H 1
#define HAVE_ALLOCA 1
#define HAVE_NANOSLEEP 1
#define HAVE_ATOMIC_OPS 1
#define TLS _Thread_local
#define ASM_HIDE_SYMBOL .hidden

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NATIVE_LITTLE_ENDIAN 1
#else
#define NATIVE_BIG_ENDIAN 1
#endif

// 64-bit limbs where the compiler multiplies to 128 bits.
#ifdef __SIZEOF_INT128__
#define HAVE_TI_MODE 1
#endif

// Everything an x86_64 processor may have; what it does have is asked for at run time.
#ifdef __x86_64__
#define HAVE_CPUID 1
#define HAVE_AMD64_ASM 1
#define HAVE_AVX_ASM 1
#define HAVE_MMINTRIN_H 1
#define HAVE_EMMINTRIN_H 1
#define HAVE_PMMINTRIN_H 1
#define HAVE_TMMINTRIN_H 1
#define HAVE_SMMINTRIN_H 1
#define HAVE_AVXINTRIN_H 1
#define HAVE_AVX2INTRIN_H 1
#endif
