// A plugin of QEMU's user mode (API version 1) that counts executed instructions. A program marks
// what it wants to know by closing a file descriptor that cannot be: 0x4bad0000 begins, 0x4bad0000
// + n ends and prints "n COUNT".
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// What is used of <qemu-plugin.h>, which Debian does not package.
struct qemu_plugin_tb;
enum { QEMU_PLUGIN_INLINE_ADD_U64 = 0 };
void qemu_plugin_register_vcpu_tb_trans_cb(
    uint64_t id, void (*callback)(uint64_t id, struct qemu_plugin_tb *block));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
void qemu_plugin_register_vcpu_tb_exec_inline(
    struct qemu_plugin_tb *block, int operation, void *counter, uint64_t operand);
void qemu_plugin_register_vcpu_syscall_cb(
    uint64_t id, void (*callback)(uint64_t id, unsigned cpu, int64_t number, uint64_t, uint64_t,
                                  uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t));

int qemu_plugin_version = 1;

static uint64_t executed, begun;

static void translated(uint64_t id, struct qemu_plugin_tb *block)
{
    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(
        block, QEMU_PLUGIN_INLINE_ADD_U64, &executed, qemu_plugin_tb_n_insns(block));
}

static void called(uint64_t id, unsigned cpu, int64_t number, uint64_t first, uint64_t a2,
                   uint64_t a3, uint64_t a4, uint64_t a5, uint64_t a6, uint64_t a7, uint64_t a8)
{
    (void)id, (void)cpu, (void)number;
    (void)a2, (void)a3, (void)a4, (void)a5, (void)a6, (void)a7, (void)a8;
    uint32_t mark = (uint32_t)first;
    if (mark >> 16 != 0x4bad)
        return;
    if (mark & 0xffff) {
        printf("%u %llu\n", mark & 0xffff, (unsigned long long)(executed - begun));
        fflush(stdout);
    }
    begun = executed;
}

int qemu_plugin_install(uint64_t id, const void *info, int count, char **arguments)
{
    (void)info, (void)count, (void)arguments;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_vcpu_syscall_cb(id, called);
    return 0;
}
