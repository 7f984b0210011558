// SHA-256 and SHA-512 with a loop where libsodium's have each round written out, which is 7 kB on
// x86_64 and more where words are smaller: no packet meets them.
#include <string.h>

#include "crypto_hash_sha256.h"
#include "crypto_hash_sha512.h"
#include "private/common.h"
#include "utils.h"

// The fractions of the cube roots of the first 80 primes; SHA-256 takes 64 of their upper halves.
static const uint64_t rounds[80] = {
    0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f, 0xe9b5dba58189dbbc,
    0x3956c25bf348b538, 0x59f111f1b605d019, 0x923f82a4af194f9b, 0xab1c5ed5da6d8118,
    0xd807aa98a3030242, 0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
    0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235, 0xc19bf174cf692694,
    0xe49b69c19ef14ad2, 0xefbe4786384f25e3, 0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65,
    0x2de92c6f592b0275, 0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
    0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f, 0xbf597fc7beef0ee4,
    0xc6e00bf33da88fc2, 0xd5a79147930aa725, 0x06ca6351e003826f, 0x142929670a0e6e70,
    0x27b70a8546d22ffc, 0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
    0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6, 0x92722c851482353b,
    0xa2bfe8a14cf10364, 0xa81a664bbc423001, 0xc24b8b70d0f89791, 0xc76c51a30654be30,
    0xd192e819d6ef5218, 0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
    0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99, 0x34b0bcb5e19b48a8,
    0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb, 0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3,
    0x748f82ee5defb2fc, 0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
    0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915, 0xc67178f2e372532b,
    0xca273eceea26619c, 0xd186b8c721c0c207, 0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178,
    0x06f067aa72176fba, 0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
    0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc, 0x431d67c49c100d4c,
    0x4cc5d4becb3e42b6, 0x597f299cfc657e2a, 0x5fcb6fab3ad6faec, 0x6c44198c4a475817,
};

// The fractions of the square roots of the first 8 primes, likewise.
static const uint64_t start[8] = {
    0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1,
    0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179,
};

#define CHOICE(x, y, z) (((x) & ((y) ^ (z))) ^ (z))
#define MAJORITY(x, y, z) (((x) & ((y) | (z))) | ((y) & (z)))

static void transform256(void *state, const unsigned char *block)
{
    uint32_t *sums = state, words[64], s[8];

    for (int i = 0; i < 16; i++)
        words[i] = LOAD32_BE(block + 4 * i);
    for (int i = 16; i < 64; i++) {
        uint32_t a = words[i - 15], b = words[i - 2];

        words[i] = words[i - 16] + words[i - 7] + (ROTR32(a, 7) ^ ROTR32(a, 18) ^ a >> 3) +
                   (ROTR32(b, 17) ^ ROTR32(b, 19) ^ b >> 10);
    }
    memcpy(s, sums, sizeof s);
    for (int i = 0; i < 64; i++) {
        uint32_t a = s[7] + (ROTR32(s[4], 6) ^ ROTR32(s[4], 11) ^ ROTR32(s[4], 25)) +
                     CHOICE(s[4], s[5], s[6]) + (uint32_t) (rounds[i] >> 32) + words[i];
        uint32_t b = (ROTR32(s[0], 2) ^ ROTR32(s[0], 13) ^ ROTR32(s[0], 22)) +
                     MAJORITY(s[0], s[1], s[2]);

        memmove(s + 1, s, sizeof s - sizeof *s);
        s[4] += a;
        s[0] = a + b;
    }
    for (int i = 0; i < 8; i++)
        sums[i] += s[i];
    sodium_memzero(words, sizeof words);
    sodium_memzero(s, sizeof s);
}

static void transform512(void *state, const unsigned char *block)
{
    uint64_t *sums = state, words[80], s[8];

    for (int i = 0; i < 16; i++)
        words[i] = LOAD64_BE(block + 8 * i);
    for (int i = 16; i < 80; i++) {
        uint64_t a = words[i - 15], b = words[i - 2];

        words[i] = words[i - 16] + words[i - 7] + (ROTR64(a, 1) ^ ROTR64(a, 8) ^ a >> 7) +
                   (ROTR64(b, 19) ^ ROTR64(b, 61) ^ b >> 6);
    }
    memcpy(s, sums, sizeof s);
    for (int i = 0; i < 80; i++) {
        uint64_t a = s[7] + (ROTR64(s[4], 14) ^ ROTR64(s[4], 18) ^ ROTR64(s[4], 41)) +
                     CHOICE(s[4], s[5], s[6]) + rounds[i] + words[i];
        uint64_t b = (ROTR64(s[0], 28) ^ ROTR64(s[0], 34) ^ ROTR64(s[0], 39)) +
                     MAJORITY(s[0], s[1], s[2]);

        memmove(s + 1, s, sizeof s - sizeof *s);
        s[4] += a;
        s[0] = a + b;
    }
    for (int i = 0; i < 8; i++)
        sums[i] += s[i];
    sodium_memzero(words, sizeof words);
    sodium_memzero(s, sizeof s);
}

typedef void transform(void *, const unsigned char *);

// Appends to a block of `size` bytes of which `used` are there.
static void absorb(transform *work, void *state, unsigned char *block, size_t size, size_t used,
                   const unsigned char *in, unsigned long long count)
{
    while (count-- > 0) {
        block[used++] = *in++;
        if (used == size) {
            work(state, block);
            used = 0;
        }
    }
}

// Appends the end: a one, zeros, and the length in bits.
static void finish(transform *work, void *state, unsigned char *block, size_t size, size_t used,
                   uint64_t bits)
{
    block[used++] = 0x80;
    memset(block + used, 0, size - used);
    if (used > size - size / 8) {
        work(state, block);
        memset(block, 0, size);
    }
    STORE64_BE(block + size - 8, bits);
    work(state, block);
}

int crypto_hash_sha256_init(crypto_hash_sha256_state *state)
{
    state->count = 0;
    for (int i = 0; i < 8; i++)
        state->state[i] = (uint32_t) (start[i] >> 32);
    return 0;
}

int crypto_hash_sha256_update(crypto_hash_sha256_state *state, const unsigned char *in,
                              unsigned long long count)
{
    absorb(transform256, state->state, state->buf, 64, state->count >> 3 & 63, in, count);
    state->count += count << 3;
    return 0;
}

int crypto_hash_sha256_final(crypto_hash_sha256_state *state, unsigned char *out)
{
    finish(transform256, state->state, state->buf, 64, state->count >> 3 & 63, state->count);
    for (int i = 0; i < 8; i++)
        STORE32_BE(out + 4 * i, state->state[i]);
    sodium_memzero(state, sizeof *state);
    return 0;
}

// Up to 2^61 bytes, which is all that there is.
int crypto_hash_sha512_init(crypto_hash_sha512_state *state)
{
    state->count[0] = state->count[1] = 0;
    memcpy(state->state, start, sizeof start);
    return 0;
}

int crypto_hash_sha512_update(crypto_hash_sha512_state *state, const unsigned char *in,
                              unsigned long long count)
{
    absorb(transform512, state->state, state->buf, 128, state->count[1] >> 3 & 127, in, count);
    state->count[1] += count << 3;
    return 0;
}

int crypto_hash_sha512_final(crypto_hash_sha512_state *state, unsigned char *out)
{
    finish(transform512, state->state, state->buf, 128, state->count[1] >> 3 & 127,
           state->count[1]);
    for (int i = 0; i < 8; i++)
        STORE64_BE(out + 8 * i, state->state[i]);
    sodium_memzero(state, sizeof *state);
    return 0;
}

int crypto_hash_sha512(unsigned char *out, const unsigned char *in, unsigned long long count)
{
    crypto_hash_sha512_state state;

    crypto_hash_sha512_init(&state);
    crypto_hash_sha512_update(&state, in, count);
    return crypto_hash_sha512_final(&state, out);
}
