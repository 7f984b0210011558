#include "internal.h"

#include <sys/random.h>

void cs_random(uint8_t *bytes, size_t count) {
  while (count > 0) {
    ssize_t got = getrandom(bytes, count, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) __builtin_trap(); /* no randomness: no keys, no node */
    bytes += got;
    count -= (size_t)got;
  }
}

#ifndef __GLIBC__
/* Swift's Hasher asks for it; musl has none. */
void arc4random_buf(void *bytes, size_t count);
void arc4random_buf(void *bytes, size_t count) { cs_random(bytes, count); }
#endif
