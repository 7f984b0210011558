#include "address.h"

#include <linux/filter.h>
#include <net/if_arp.h>
#include <netinet/if_ether.h>

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

/* The same in monitor mode, where it is whole from radiotap on: not sent here (radiotap's "TX
 * flags", only there then); data or QoS data, nothing in the second byte but "retry", "power
 * management" and "more data"; LLC and SNAP with our type, behind 24 bytes, or 26 for QoS. Whom it
 * is for the socket cannot know; AirHeader looks at that. */
static struct sock_filter air_instructions[] = {
    BPF_STMT(BPF_LD | BPF_H | BPF_ABS, (uint32_t)SKF_AD_OFF + SKF_AD_HATYPE),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARPHRD_IEEE80211_RADIOTAP, 0, 20),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 5),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x80, 18, 0),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 3),
    BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 8),
    BPF_STMT(BPF_MISC | BPF_TAX, 0),
    BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 2),
    BPF_STMT(BPF_ALU | BPF_OR | BPF_X, 0),
    BPF_STMT(BPF_MISC | BPF_TAX, 0),
    BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),
    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x7fc7),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x0800, 0, 9),
    BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
    BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 6),
    BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
    BPF_STMT(BPF_MISC | BPF_TAX, 0),
    BPF_STMT(BPF_LD | BPF_W | BPF_IND, 24),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0xaaaa0300, 0, 3),
    BPF_STMT(BPF_LD | BPF_W | BPF_IND, 28),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, CS_ETHER_TYPE, 0, 1),
    BPF_STMT(BPF_RET | BPF_K, WHOLE),
    BPF_STMT(BPF_RET | BPF_K, 0),
};

int cs_ethernet_open(bool air) {
  /* Without a protocol nothing arrives, so that nothing unfiltered can. */
  int fd = socket(AF_PACKET, (air ? SOCK_RAW : SOCK_DGRAM) | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return cs_last_error();
  struct sock_fprog filter = {sizeof instructions / sizeof *instructions, instructions};
  if (air) {
    filter.len = sizeof air_instructions / sizeof *air_instructions;
    filter.filter = air_instructions;
  }
  if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0) return fd;
  int error = cs_last_error();
  close(fd);
  return error;
}

int cs_ethernet_start(int fd, bool air) {
  /* What Linux hears on the air bears no type, but that of a frame with LLC. */
  union cs_socket_address name = {
      .card = {.sll_family = AF_PACKET, .sll_protocol = htons(air ? ETH_P_802_2 : CS_ETHER_TYPE)}};
  return bind(fd, &name.any, sizeof name.card) == 0 ? 0 : cs_last_error();
}
