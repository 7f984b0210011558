// What every executable has beside Zig's C library, or instead of a part of it.
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
