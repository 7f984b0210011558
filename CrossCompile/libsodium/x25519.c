// X25519 with one ladder for every point. libsodium multiplies the base point by way of Ed25519 and
// its table of 30 kB, which is not linked unless signatures need it.
#define crypto_scalarmult_curve25519_ref10_implementation with_table
#include "crypto_scalarmult/curve25519/ref10/x25519_ref10.c"
#undef crypto_scalarmult_curve25519_ref10_implementation

static int multiply_base(unsigned char *result, const unsigned char *scalar)
{
    static const unsigned char base[32] = { 9 };

    return crypto_scalarmult_curve25519_ref10(result, scalar, base);
}

struct crypto_scalarmult_curve25519_implementation
    crypto_scalarmult_curve25519_ref10_implementation = {
        .mult = crypto_scalarmult_curve25519_ref10,
        .mult_base = multiply_base,
};
