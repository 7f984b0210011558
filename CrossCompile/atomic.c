// What ARM before version 6 has no instruction for. One thread needs none: nobody comes between.
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
