// What every executable has beside Zig's C library, or instead of a part of it.
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <unistd.h>

// The allocator asks for the size of a page. The C library's answers a hundred other questions too,
// with calls of the system and two kilobytes.
long sysconf(int name)
{
    return name == _SC_PAGESIZE ? (long)getauxval(AT_PAGESZ) : -1;
}

// What ARM before version 6 has no instruction for, and Zig's C library does with one, as its
// allocator is made for threads. One thread needs none: nobody comes between.
#if defined(__arm__) && __ARM_ARCH < 6
typedef unsigned char byte;
typedef unsigned word __attribute__((may_alias));

// A word can be read from its own boundary only: of what lies elsewhere, two are put together. The
// C library reads it byte by byte. Compiled so that no loop becomes a call of memcpy.
void *memcpy(void *to, const void *from, size_t count)
{
    byte *target = to;
    const byte *source = from;
    if (count >= 16) {
        for (; (uintptr_t)target & 3; count--) *target++ = *source++;
        unsigned down = 8 * ((uintptr_t)source & 3), up = 32 - down;
        word *at = (word *)target;
        const word *next = (const word *)((uintptr_t)source & ~3ul);
        size_t whole = count & ~15ul;
        if (down == 0) {
            for (size_t left = whole; left; left -= 16, at += 4, next += 4) {
                word a = next[0], b = next[1], c = next[2], d = next[3];
                at[0] = a, at[1] = b, at[2] = c, at[3] = d;
            }
        } else {
            word first = *next++;
            for (size_t left = whole; left; left -= 16, at += 4, next += 4) {
                word a = next[0], b = next[1], c = next[2], d = next[3];
                at[0] = first >> down | a << up, at[1] = a >> down | b << up;
                at[2] = b >> down | c << up, at[3] = c >> down | d << up;
                first = d;
            }
        }
        target += whole, source += whole, count -= whole;
    }
    while (count--) *target++ = *source++;
    return to;
}

void *memmove(void *to, const void *from, size_t count)
{
    // From the front nothing is written before it was read, unless `to` is inside of what is read.
    if ((uintptr_t)to - (uintptr_t)from >= count) return memcpy(to, from, count);
    while (count--) ((byte *)to)[count] = ((const byte *)from)[count];
    return to;
}

unsigned fetch_add(volatile unsigned *at, unsigned by) __asm__("__sync_fetch_and_add_4");
unsigned fetch_add(volatile unsigned *at, unsigned by)
{
    unsigned old = *at;
    *at = old + by;
    return old;
}

unsigned fetch_sub(volatile unsigned *at, unsigned by) __asm__("__sync_fetch_and_sub_4");
unsigned fetch_sub(volatile unsigned *at, unsigned by)
{
    unsigned old = *at;
    *at = old - by;
    return old;
}

unsigned swap_if(volatile unsigned *at, unsigned old, unsigned new)
    __asm__("__sync_val_compare_and_swap_4");
unsigned swap_if(volatile unsigned *at, unsigned old, unsigned new)
{
    unsigned found = *at;
    if (found == old) *at = new;
    return found;
}

byte swap_byte_if(volatile byte *at, byte old, byte new) __asm__("__sync_val_compare_and_swap_1");
byte swap_byte_if(volatile byte *at, byte old, byte new)
{
    byte found = *at;
    if (found == old) *at = new;
    return found;
}

byte swap_byte(volatile byte *at, byte new) __asm__("__sync_lock_test_and_set_1");
byte swap_byte(volatile byte *at, byte new)
{
    byte old = *at;
    *at = new;
    return old;
}

// Where thread-local variables are: Linux has a function for it at a fixed address, which changes
// no other register. The caller expects that but r0, ip and lr are kept.
__attribute__((naked)) void *__aeabi_read_tp(void)
{
    __asm__("ldr ip, =0xffff0fe0\n\tbx ip");
}
#endif
