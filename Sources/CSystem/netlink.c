#include "internal.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netlink/errno.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdlib.h>

struct cs_netlink {
  struct nl_sock *socket;
};

cs_netlink *cs_netlink_open(void) {
  cs_netlink *netlink = calloc(1, sizeof *netlink);
  if (!netlink) return NULL;
  netlink->socket = nl_socket_alloc();
  if (netlink->socket && nl_connect(netlink->socket, NETLINK_ROUTE) == 0) return netlink;
  cs_netlink_close(netlink);
  return NULL;
}

void cs_netlink_close(cs_netlink *netlink) {
  if (!netlink) return;
  if (netlink->socket) nl_socket_free(netlink->socket);
  free(netlink);
}

int cs_netlink_index(const uint8_t *name) {
  unsigned index = if_nametoindex((const char *)name);
  return index == 0 ? CS_MISSING : (int)index;
}

/* Sends a message, which it frees, and waits for the kernel's word on it. */
static int finish(cs_netlink *netlink, struct nl_msg *message) {
  switch (-nl_send_sync(netlink->socket, message)) {
  case 0:
  case NLE_EXIST: return 0;
  case NLE_PERM:
  case NLE_NOACCESS: return CS_PERMISSION;
  case NLE_NODEV:
  case NLE_NOADDR:
  case NLE_OBJ_NOTFOUND: return CS_MISSING;
  case NLE_AF_NOSUPPORT:
  case NLE_OPNOTSUPP: return CS_UNSUPPORTED;
  case NLE_INVAL:
  case NLE_RANGE: return CS_INVALID;
  default: return CS_FAILED;
  }
}

/* A request of `type` that begins with `body`. */
static struct nl_msg *begin(int type, int flags, void *body, size_t count) {
  struct nl_msg *message = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);
  if (message && nlmsg_append(message, body, count, NLMSG_ALIGNTO) != 0) {
    nlmsg_free(message);
    return NULL;
  }
  return message;
}

static int give_up(struct nl_msg *message) {
  nlmsg_free(message);
  return CS_FAILED;
}

int cs_netlink_up(cs_netlink *netlink, int index, uint32_t mtu) {
  struct ifinfomsg link = {
      .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
  struct nl_msg *message = begin(RTM_NEWLINK, 0, &link, sizeof link);
  if (!message) return CS_FAILED;
  if (nla_put_u32(message, IFLA_MTU, mtu) != 0) return give_up(message);
  return finish(netlink, message);
}

static size_t byte_count(const cs_address *address) {
  return address->family == CS_FAMILY_IPV4 ? 4 : 16;
}

static uint8_t system_family(const cs_address *address) {
  return address->family == CS_FAMILY_IPV4 ? AF_INET : AF_INET6;
}

int cs_netlink_address(cs_netlink *netlink, int index, const cs_address *address, uint8_t prefix) {
  struct ifaddrmsg body = {.ifa_family = system_family(address),
                           .ifa_prefixlen = prefix,
                           .ifa_scope = RT_SCOPE_UNIVERSE,
                           .ifa_index = (unsigned)index};
  /* Nobody else can have an address that is made of a key: no waiting for duplicates. */
  if (address->family == CS_FAMILY_IPV6) body.ifa_flags = IFA_F_NODAD | IFA_F_PERMANENT;
  struct nl_msg *message = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof body);
  if (!message) return CS_FAILED;
  if (nla_put(message, IFA_LOCAL, (int)byte_count(address), address->bytes) != 0 ||
      nla_put(message, IFA_ADDRESS, (int)byte_count(address), address->bytes) != 0) {
    return give_up(message);
  }
  return finish(netlink, message);
}

int cs_netlink_route(cs_netlink *netlink, int index, const cs_address *to, uint8_t prefix) {
  struct rtmsg body = {.rtm_family = system_family(to),
                       .rtm_dst_len = prefix,
                       .rtm_table = RT_TABLE_MAIN,
                       .rtm_protocol = RTPROT_KERNEL,
                       .rtm_scope = RT_SCOPE_LINK,
                       .rtm_type = RTN_UNICAST};
  /* The metric of the kernel's own route for an address' prefix: if that is there, it is this. */
  enum { CONNECTED_METRIC = 256 };
  struct nl_msg *message = begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof body);
  if (!message) return CS_FAILED;
  if (nla_put(message, RTA_DST, (int)byte_count(to), to->bytes) != 0 ||
      nla_put_u32(message, RTA_OIF, (uint32_t)index) != 0 ||
      nla_put_u32(message, RTA_PRIORITY, CONNECTED_METRIC) != 0) {
    return give_up(message);
  }
  return finish(netlink, message);
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
  char path[96] = "/proc/sys/net/ipv6/conf/";
  if (access("/proc/self", F_OK) == 0 && access("/proc/sys/net/ipv6", F_OK) != 0) return true;
  strncat(path, (const char *)name, IFNAMSIZ);
  strcat(path, "/disable_ipv6");
  return file_begins_with(path, '1');
}
