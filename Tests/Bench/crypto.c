// The same work as CryptoBench, in the same order, by libsodium's functions.
#include <stdint.h>
#include <sodium.h>
#include <unistd.h>

#define MEASURE(number, call)           \
    do {                                \
        close(0x4bad0000);              \
        call;                           \
        close(0x4bad0000 + (number));   \
    } while (0)

static unsigned char scalar[32], point[32], nonce[24], result[64], content[1316];

static void seal_and_open(int number, int count)
{
    MEASURE(number, crypto_secretbox_detached(
                        content + 16, content, content + 16, count, nonce, scalar));
    MEASURE(number + 1, crypto_secretbox_open_detached(
                            content + 16, content + 16, content, count, nonce, scalar));
}

int main(void)
{
    sodium_init();
    for (int i = 0; i < 32; i++)
        scalar[i] = i * 37 + 1, point[i] = i * 91 + 5;
    for (int i = 0; i < 24; i++)
        nonce[i] = i;
    MEASURE(1, crypto_scalarmult_curve25519(result, scalar, point));
    MEASURE(2, crypto_scalarmult_curve25519_base(result, scalar));
    MEASURE(3, crypto_core_hsalsa20(result, point, scalar, NULL));
    seal_and_open(4, 1300);
    seal_and_open(6, 100);
    MEASURE(8, crypto_hash_sha256(result, content, 64));
    MEASURE(9, crypto_hash_sha256(result, content, 1000));
    MEASURE(10, crypto_hash_sha512(result, content, 64));
    MEASURE(11, crypto_hash_sha512(result, content, 1000));
    return 0;
}
