#include "address.h"

#include <netinet/udp.h>
#include <poll.h>
#include <sys/syscall.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef SOL_UDP
#define SOL_UDP 17
#endif

/* What the kernel takes in one train: 64 datagrams, and an IP packet's length. */
enum { TRAIN_BYTE_COUNT_MAX = 65000 };

static struct mmsghdr headers[CS_BATCH_MAX];
static struct iovec vectors[CS_BATCH_MAX];
static union cs_socket_address names[CS_BATCH_MAX];
static union {
  struct cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
} controls[CS_BATCH_MAX];

static int set_option(int fd, int level, int option, int value) {
  return setsockopt(fd, level, option, &value, sizeof value) == 0 ? 0 : cs_last_error();
}

int cs_udp_open(const cs_address *bind_to, bool exclusive) {
  union cs_socket_address name;
  socklen_t length = cs_to_socket(bind_to, &name);
  if (length == 0) return CS_INVALID;
  int fd = socket(name.any.sa_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return cs_last_error();
  /* A shared port would be stolen silently by whoever binds it last. */
  if (!exclusive) set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (name.any.sa_family == AF_INET6) set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  if (bind(fd, &name.any, length) != 0) {
    int error = cs_last_error();
    close(fd);
    return error;
  }
  return fd;
}

int cs_udp_bound(int fd, cs_address *bound) {
  union cs_socket_address name;
  socklen_t length = sizeof name;
  if (getsockname(fd, &name.any, &length) != 0) return cs_last_error();
  cs_from_socket(&name, bound);
  return 0;
}

int cs_udp_set_dscp(int fd, uint8_t family, uint8_t dscp) {
  return family == CS_FAMILY_IPV4 ? set_option(fd, IPPROTO_IP, IP_TOS, dscp << 2)
                                  : set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, dscp << 2);
}

int cs_udp_set_broadcast(int fd) { return set_option(fd, SOL_SOCKET, SO_BROADCAST, 1); }

int cs_udp_set_buffers(int fd, int byte_count) {
  int in = set_option(fd, SOL_SOCKET, SO_RCVBUFFORCE, byte_count);
  if (in != 0) in = set_option(fd, SOL_SOCKET, SO_RCVBUF, byte_count);
  int out = set_option(fd, SOL_SOCKET, SO_SNDBUFFORCE, byte_count);
  if (out != 0) out = set_option(fd, SOL_SOCKET, SO_SNDBUF, byte_count);
  return in != 0 ? in : out;
}

/* A batch by one system call. Where a pointer has 64 bits musl's sendmmsg makes one for each
 * message, as the kernel's counts are longer than its own there; ours are zero wherever nothing is
 * set. Where it has 32, its recvmmsg tries the one with 64-bit time first; ours has no time. */
static int exchange(long call, int fd, struct mmsghdr *messages, int count, int flags) {
  return (int)syscall(call, (long)fd, messages, (long)count, (long)flags, NULL);
}

int cs_udp_receive(int fd, cs_datagram *datagrams, int count) {
  if (count > CS_BATCH_MAX) count = CS_BATCH_MAX;
  for (int i = 0; i < count; i++) {
    vectors[i].iov_base = datagrams[i].bytes;
    vectors[i].iov_len = datagrams[i].count;
    headers[i].msg_hdr = (struct msghdr){
        .msg_name = &names[i],
        .msg_namelen = sizeof names[i],
        .msg_iov = &vectors[i],
        .msg_iovlen = 1,
        .msg_control = &controls[i],
        .msg_controllen = sizeof controls[i],
    };
  }
  int got = exchange(SYS_recvmmsg, fd, headers, count, MSG_DONTWAIT);
  if (got < 0) return cs_last_error();
  for (int i = 0; i < got; i++) {
    struct msghdr *header = &headers[i].msg_hdr;
    datagrams[i].count = headers[i].msg_len;
    datagrams[i].segment = 0;
    cs_from_socket(&names[i], &datagrams[i].address);
    /* Longer than the room: no frame of ours. */
    if (header->msg_flags & MSG_TRUNC) datagrams[i].count = 0;
    struct cmsghdr *control = CMSG_FIRSTHDR(header);
    if (control && control->cmsg_level == SOL_UDP && control->cmsg_type == UDP_GRO) {
      int segment;
      memcpy(&segment, CMSG_DATA(control), sizeof segment);
      if (segment > 0) datagrams[i].segment = (uint32_t)segment;
    }
  }
  return got;
}

static bool same_address(const cs_address *a, const cs_address *b) {
  uint32_t x[4], y[4];
  memcpy(x, a->bytes, sizeof x);
  memcpy(y, b->bytes, sizeof y);
  return x[0] == y[0] && x[1] == y[1] && x[2] == y[2] && x[3] == y[3] && a->port == b->port &&
         a->family == b->family && a->scope == b->scope;
}

/* How many from the first on can leave as one train. */
static int train_length(const cs_datagram *first, int count) {
  uint32_t total = first->count;
  int n = 1;
  while (n < count && n < CS_TRAIN_MAX && first[n].count <= first->count &&
         total + first[n].count <= TRAIN_BYTE_COUNT_MAX &&
         same_address(&first->address, &first[n].address)) {
    total += first[n].count;
    n++;
    if (first[n - 1].count < first->count) break;
  }
  return n;
}

static int send_plainly(int fd, const cs_datagram *datagrams, int count) {
  int sent = 0;
  for (int i = 0; i < count; i++) {
    union cs_socket_address name;
    socklen_t length = cs_to_socket(&datagrams[i].address, &name);
    ssize_t done = sendto(fd, datagrams[i].bytes, datagrams[i].count, MSG_DONTWAIT | MSG_NOSIGNAL,
                          &name.any, length);
    if (done >= 0) sent++;
  }
  return sent;
}

static bool trains_work(void);

int cs_udp_send(int fd, const cs_datagram *datagrams, int count, bool trains) {
  int starts[CS_BATCH_MAX + 1];
  int sent = 0;
  if (count > CS_BATCH_MAX) count = CS_BATCH_MAX;
  trains = trains && count > 1 && trains_work();
  int messages = 0;
  for (int i = 0; i < count;) {
    int length = trains ? train_length(&datagrams[i], count - i) : 1;
    struct msghdr *header = &headers[messages].msg_hdr;
    for (int k = i; k < i + length; k++) {
      vectors[k].iov_base = datagrams[k].bytes;
      vectors[k].iov_len = datagrams[k].count;
    }
    *header = (struct msghdr){
        .msg_name = &names[messages],
        .msg_namelen = cs_to_socket(&datagrams[i].address, &names[messages]),
        .msg_iov = &vectors[i],
        .msg_iovlen = (size_t)length,
    };
    if (length > 1) {
      uint16_t segment = (uint16_t)datagrams[i].count;
      header->msg_control = &controls[messages];
      header->msg_controllen = CMSG_SPACE(sizeof segment);
      struct cmsghdr *control = CMSG_FIRSTHDR(header);
      memset(control, 0, sizeof *control);
      control->cmsg_level = SOL_UDP;
      control->cmsg_type = UDP_SEGMENT;
      control->cmsg_len = CMSG_LEN(sizeof segment);
      memcpy(CMSG_DATA(control), &segment, sizeof segment);
    }
    starts[messages++] = i;
    i += length;
  }
  starts[messages] = count;
  for (int next = 0; next < messages;) {
    int done = exchange(SYS_sendmmsg, fd, headers + next, messages - next,
                        MSG_DONTWAIT | MSG_NOSIGNAL);
    for (int i = next; i < next + done; i++) sent += starts[i + 1] - starts[i];
    if (done > 0) {
      next += done;
      continue;
    }
    if (done < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    /* The queue of one device: the next frame may go to another one. */
    bool is_frame = datagrams[starts[next]].address.family == CS_FAMILY_ETHERNET;
    if (done < 0 && errno == ENOBUFS && !is_frame) break;
    /* This one is refused: a train by a device or a path that cannot, or its address. */
    int first = starts[next], length = starts[next + 1] - first;
    if (length > 1 || (done < 0 && errno == ENOSYS)) {
      sent += send_plainly(fd, &datagrams[first], length);
    }
    next++;
  }
  return sent;
}

/* Whether the length in a control message arrives as it was written: emulators of a machine with
 * the other byte order pass it on as it is. Tried once, over loopback; if anything fails, each
 * datagram travels alone. */
static bool trains_work(void) {
  static int known = -1;
  if (known >= 0) return known;
  known = 0;
  cs_address own = {.family = CS_FAMILY_IPV4, .bytes = {127, 0, 0, 1}};
  int fd = cs_udp_open(&own, true);
  if (fd < 0) return false;
  if (set_option(fd, SOL_UDP, UDP_GRO, 1) == 0 && cs_udp_bound(fd, &own) == 0) {
    uint8_t bytes[2] = {0};
    cs_datagram pair[2] = {{bytes, 1, 0, own}, {bytes + 1, 1, 0, own}};
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    known = 1;
    cs_udp_send(fd, pair, 2, true);
    pair[0].count = sizeof bytes;
    known = poll(&wait, 1, 10) == 1 && cs_udp_receive(fd, pair, 1) == 1 && pair[0].segment == 1;
  }
  close(fd);
  return known;
}

int cs_udp_set_trains(int fd) {
  return trains_work() ? set_option(fd, SOL_UDP, UDP_GRO, 1) : CS_UNSUPPORTED;
}

int cs_udp_ask(const cs_address *to, const uint8_t *bytes, size_t count, uint8_t *answer,
               size_t room, int milliseconds) {
  union cs_socket_address name;
  socklen_t length = cs_to_socket(to, &name);
  if (length == 0) return CS_INVALID;
  int fd = socket(name.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return cs_last_error();
  int got = -1;
  struct pollfd wait = {.fd = fd, .events = POLLIN};
  errno = EAGAIN;
  if (connect(fd, &name.any, length) == 0 && send(fd, bytes, count, MSG_NOSIGNAL) >= 0 &&
      poll(&wait, 1, milliseconds) == 1) {
    got = (int)recv(fd, answer, room, MSG_DONTWAIT);
  }
  int result = got < 0 ? cs_last_error() : got;
  close(fd);
  return result;
}
