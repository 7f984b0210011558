// sodium_init for what is linked, and only that: libsodium's own would pull in its password hashes.
// An implementation is chosen for each primitive that some other part of the program uses; weak
// references do not bring one in.
#include <stddef.h>

#include "core.h"
#include "runtime.h"
#include "private/implementations.h"

#pragma weak _crypto_onetimeauth_poly1305_pick_best_implementation
#pragma weak _crypto_scalarmult_curve25519_pick_best_implementation
#pragma weak _crypto_stream_chacha20_pick_best_implementation
#pragma weak _crypto_stream_salsa20_pick_best_implementation

int sodium_init(void)
{
    static int initialized;
    static int (*const choosers[])(void) = {
        _crypto_onetimeauth_poly1305_pick_best_implementation,
        _crypto_scalarmult_curve25519_pick_best_implementation,
        _crypto_stream_chacha20_pick_best_implementation,
        _crypto_stream_salsa20_pick_best_implementation,
    };

    if (initialized)
        return 1;
    _sodium_runtime_get_cpu_features();
    for (size_t i = 0; i < sizeof choosers / sizeof *choosers; i++)
        if (choosers[i])
            choosers[i]();
    initialized = 1;
    return 0;
}

// Called for sizes that no caller of ours can pass.
void sodium_misuse(void)
{
    __builtin_trap();
}
