#include "address.h"

#include <linux/filter.h>

/* What a frame is looked at for in the kernel, at what is behind addresses and type: version 0, the
 * type once more; to us, or to all and long enough for a beacon. Everything else is for others. */
enum { BEACON_FRAME_BYTE_COUNT = 6 + 56, WHOLE = 1 << 16 };

static struct sock_filter instructions[] = {
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 8),
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 4),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CS_ETHER_TYPE, 0, 6),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, (uint32_t)SKF_AD_OFF + SKF_AD_PKTTYPE),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_HOST, 3, 0),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_BROADCAST, 0, 3),
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 2),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, BEACON_FRAME_BYTE_COUNT, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, WHOLE),
    BPF_STMT(BPF_RET | BPF_K, 0),
};

int cs_ethernet_open(void) {
  /* Without a protocol nothing arrives, so that nothing unfiltered can. */
  int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return cs_last_error();
  struct sock_fprog filter = {sizeof instructions / sizeof *instructions, instructions};
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0) return fd;
  int error = cs_last_error();
  close(fd);
  return error;
}

int cs_ethernet_start(int fd) {
  union cs_socket_address name = {
      .card = {.sll_family = AF_PACKET, .sll_protocol = htons(CS_ETHER_TYPE)}};
  return bind(fd, &name.any, sizeof name.card) == 0 ? 0 : cs_last_error();
}
