#include "netlink.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/msg.h>
#include <sys/socket.h>

/* Messages are made by libnl. Its sockets are not used: they bring the printf, the time and the
 * environment of the C library. */

enum { MESSAGE_ROOM = 256 };

int cs_netlink_open(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  return fd < 0 ? cs_last_error() : fd;
}

int cs_devices_watch(void) {
  struct sockaddr_nl name = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
  if (fd < 0) return cs_last_error();
  if (bind(fd, (struct sockaddr *)&name, sizeof name) == 0) return fd;
  int error = cs_last_error();
  close(fd);
  return error;
}

void cs_devices_drain(int fd) {
  /* What has changed is listed anew: it does not matter what they say, and how many were lost. */
  struct nlmsghdr header;
  while (recv(fd, &header, sizeof header, MSG_DONTWAIT) > 0 || errno == ENOBUFS || errno == EINTR) {
  }
}

struct nl_msg *cs_netlink_begin(int type, int flags, const void *body, size_t count) {
  struct nl_msg *message = nlmsg_alloc_size(MESSAGE_ROOM);
  if (!message) return NULL;
  struct nlmsghdr *header =
      nlmsg_put(message, NL_AUTO_PORT, 1, type, (int)count, NLM_F_REQUEST | NLM_F_ACK | flags);
  memcpy(nlmsg_data(header), body, count);
  return message;
}

int cs_netlink_finish(int fd, struct nl_msg *message, bool is_whole, cs_netlink_take *take,
                      void *context) {
  union {
    struct nlmsghdr header;
    uint8_t bytes[8192];
  } answer;
  struct nlmsghdr *header = nlmsg_hdr(message);
  ssize_t got = is_whole ? send(fd, header, header->nlmsg_len, 0) : -1;
  int error = is_whole && got < 0 ? cs_last_error() : CS_FAILED;
  nlmsg_free(message);
  if (got < 0) return error;
  for (;;) {
    got = recv(fd, &answer, sizeof answer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return got < 0 ? cs_last_error() : CS_FAILED;
    int left = (int)got;
    for (header = &answer.header; nlmsg_ok(header, left); header = nlmsg_next(header, &left)) {
      if (header->nlmsg_type == NLMSG_DONE) return 0;
      if (header->nlmsg_type == NLMSG_ERROR) {
        const struct nlmsgerr *report = nlmsg_data(header);
        if (nlmsg_datalen(header) < (int)sizeof report->error) return CS_FAILED;
        if (report->error == 0 || report->error == -EEXIST) return 0;
        return cs_error(-report->error);
      }
      if (take) take(header, context);
    }
  }
}

int cs_netlink_list(int fd, int type, uint8_t family, cs_netlink_take *take, void *context) {
  struct ifinfomsg all = {.ifi_family = family};
  struct nl_msg *message = cs_netlink_begin(type, NLM_F_DUMP, &all, sizeof all);
  return message ? cs_netlink_finish(fd, message, true, take, context) : CS_FAILED;
}

static int byte_count(const cs_address *address) {
  return address->family == CS_FAMILY_IPV4 ? 4 : 16;
}

static uint8_t system_family(const cs_address *address) {
  return address->family == CS_FAMILY_IPV4 ? AF_INET : AF_INET6;
}

int cs_netlink_address(int fd, int index, const cs_address *address, uint8_t prefix) {
  struct ifaddrmsg body = {.ifa_family = system_family(address),
                           .ifa_prefixlen = prefix,
                           .ifa_scope = RT_SCOPE_UNIVERSE,
                           .ifa_index = (unsigned)index};
  /* Nobody else can have an address that is made of a key: no waiting for duplicates. */
  if (address->family == CS_FAMILY_IPV6) body.ifa_flags = IFA_F_NODAD | IFA_F_PERMANENT;
  struct nl_msg *message =
      cs_netlink_begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof body);
  if (!message) return CS_FAILED;
  bool is_whole = nla_put(message, IFA_LOCAL, byte_count(address), address->bytes) == 0 &&
                  nla_put(message, IFA_ADDRESS, byte_count(address), address->bytes) == 0;
  return cs_netlink_finish(fd, message, is_whole, NULL, NULL);
}

int cs_netlink_route(int fd, int index, const cs_address *to, uint8_t prefix) {
  struct rtmsg body = {.rtm_family = system_family(to),
                       .rtm_dst_len = prefix,
                       .rtm_table = RT_TABLE_MAIN,
                       .rtm_protocol = RTPROT_KERNEL,
                       .rtm_scope = RT_SCOPE_LINK,
                       .rtm_type = RTN_UNICAST};
  /* The metric of the kernel's own route for an address' prefix: if that is there, it is this. */
  enum { CONNECTED_METRIC = 256 };
  struct nl_msg *message =
      cs_netlink_begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof body);
  if (!message) return CS_FAILED;
  bool is_whole = nla_put(message, RTA_DST, byte_count(to), to->bytes) == 0 &&
                  nla_put_u32(message, RTA_OIF, (uint32_t)index) == 0 &&
                  nla_put_u32(message, RTA_PRIORITY, CONNECTED_METRIC) == 0;
  return cs_netlink_finish(fd, message, is_whole, NULL, NULL);
}

static bool file_begins_with(const char *path, char byte) {
  uint8_t *content;
  size_t count;
  if (cs_read_file((const uint8_t *)path, strlen(path), 4096, &content, &count) != 0) return false;
  bool result = count > 0 && content[0] == (uint8_t)byte;
  cs_free(content);
  return result;
}

bool cs_ipv6_disabled(const uint8_t *name) {
  static const char folder[] = "/proc/sys/net/ipv6/conf/", file[] = "/disable_ipv6";
  char path[sizeof folder + IFNAMSIZ + sizeof file];
  if (access("/proc/self", F_OK) == 0 && access("/proc/sys/net/ipv6", F_OK) != 0) return true;
  size_t count = 0;
  while (count < IFNAMSIZ && name[count]) count++;
  memcpy(path, folder, sizeof folder - 1);
  memcpy(path + sizeof folder - 1, name, count);
  memcpy(path + sizeof folder - 1 + count, file, sizeof file);
  return file_begins_with(path, '1');
}
