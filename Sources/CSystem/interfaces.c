#include "netlink.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

struct list {
  cs_interface *entries;
  int count, room;
};

struct devices {
  cs_device *entries;
  int count, room;
};

/* The content of the first attribute of that type, if it has `count` bytes; NULL. */
static const void *find(struct nlmsghdr *message, int header_count, int type, int count) {
  struct nlattr *found = nlmsg_find_attr(message, header_count, type);
  return found && nla_len(found) == count ? nla_data(found) : NULL;
}

static void set_flags(cs_interface *to, unsigned flags) {
  to->up = flags & IFF_UP;
  to->loopback = flags & IFF_LOOPBACK;
}

/* A name has 16 bytes at most, the last a zero. */
static bool set_name(uint8_t *to, struct nlattr *name) {
  if (!name || nla_len(name) > IFNAMSIZ) return false;
  memcpy(to, nla_data(name), (size_t)nla_len(name));
  to[IFNAMSIZ - 1] = 0;
  return true;
}

/* True if the frames of a device that belongs to another one are taken by that one. */
static bool gives_frames_away(struct nlmsghdr *message) {
  static const char vrf[] = "vrf";
  struct nlattr *info = nlmsg_find_attr(message, sizeof(struct ifinfomsg), IFLA_LINKINFO);
  struct nlattr *kind =
      info ? nla_find(nla_data(info), nla_len(info), IFLA_INFO_SLAVE_KIND) : NULL;
  return !kind || nla_len(kind) != sizeof vrf || memcmp(nla_data(kind), vrf, sizeof vrf) != 0;
}

static void take_device(struct nlmsghdr *message, void *context) {
  struct devices *list = context;
  const struct ifinfomsg *link = nlmsg_data(message);
  if (list->count == list->room || message->nlmsg_type != RTM_NEWLINK ||
      !nlmsg_valid_hdr(message, sizeof *link)) {
    return;
  }
  cs_device *to = &list->entries[list->count];
  memset(to, 0, sizeof *to);
  const void *card = find(message, sizeof *link, IFLA_ADDRESS, sizeof to->card);
  const void *mtu = find(message, sizeof *link, IFLA_MTU, sizeof to->mtu);
  if (!card || !set_name(to->name, nlmsg_find_attr(message, sizeof *link, IFLA_IFNAME))) return;
  memcpy(to->card, card, sizeof to->card);
  if (mtu) memcpy(&to->mtu, mtu, sizeof to->mtu);
  to->index = link->ifi_index;
  to->ethernet = link->ifi_type == ARPHRD_ETHER;
  to->loopback = link->ifi_flags & IFF_LOOPBACK;
  to->up = link->ifi_flags & IFF_UP;
  to->running = link->ifi_flags & IFF_RUNNING;
  to->port = nlmsg_find_attr(message, sizeof *link, IFLA_MASTER) && gives_frames_away(message);
  list->count++;
}

int cs_devices(int netlink, cs_device *entries, int room) {
  struct devices list = {entries, 0, room};
  int result = cs_netlink_list(netlink, RTM_GETLINK, AF_UNSPEC, take_device, &list);
  return result < 0 ? result : list.count;
}

/* Asks for something about a device, or sets it: 0, or an error. */
static int ask(struct ifreq *request, int what) {
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return cs_last_error();
  int result = cs_ioctl(fd, what, request) == 0 ? 0 : cs_last_error();
  close(fd);
  return result;
}

static void take_address(struct nlmsghdr *message, void *context) {
  struct list *list = context;
  const struct ifaddrmsg *header = nlmsg_data(message);
  if (list->count == list->room || message->nlmsg_type != RTM_NEWADDR ||
      !nlmsg_valid_hdr(message, sizeof *header)) {
    return;
  }
  bool is_four = header->ifa_family == AF_INET;
  int byte_count = is_four ? 4 : 16;
  const void *bytes = find(message, sizeof *header, IFA_LOCAL, byte_count);
  if (!bytes) bytes = find(message, sizeof *header, IFA_ADDRESS, byte_count);
  struct ifreq device = {.ifr_ifindex = (int)header->ifa_index};
  if (!bytes || ask(&device, SIOCGIFNAME) != 0) return;
  cs_interface *to = &list->entries[list->count];
  memset(to, 0, sizeof *to);
  memcpy(to->name, device.ifr_name, sizeof to->name);
  if (ask(&device, SIOCGIFFLAGS) != 0) return;
  unsigned flags = (unsigned)device.ifr_flags;
  set_flags(to, flags);
  set_name(to->name, nlmsg_find_attr(message, sizeof *header, IFA_LABEL));
  to->address.family = is_four ? CS_FAMILY_IPV4 : CS_FAMILY_IPV6;
  memcpy(to->address.bytes, bytes, (size_t)byte_count);
  if (header->ifa_scope == RT_SCOPE_LINK && !is_four) to->address.scope = header->ifa_index;
  if (is_four && (flags & IFF_BROADCAST)) {
    to->broadcast = to->address;
    for (int bit = header->ifa_prefixlen; bit < 32; bit++) {
      to->broadcast.bytes[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
    }
  }
  list->count++;
}

int cs_interfaces(uint8_t family, cs_interface *entries, int room) {
  struct list list = {entries, 0, room};
  int fd = cs_netlink_open();
  if (fd < 0) return fd;
  int result = cs_netlink_list(fd, RTM_GETADDR, family == CS_FAMILY_IPV4 ? AF_INET : AF_INET6,
                               take_address, &list);
  close(fd);
  return result < 0 ? result : list.count;
}

static struct ifreq request_about(const uint8_t *name) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  for (int i = 0; i < IFNAMSIZ - 1 && name[i]; i++) request.ifr_name[i] = (char)name[i];
  return request;
}

int cs_interface_index(const uint8_t *name) {
  struct ifreq request = request_about(name);
  return ask(&request, SIOCGIFINDEX) == 0 ? request.ifr_ifindex : CS_MISSING;
}

/* Not by netlink: emulators of a machine with the other byte order leave its numbers alone. */
int cs_interface_up(const uint8_t *name, uint32_t mtu) {
  struct ifreq request = request_about(name);
  int error = ask(&request, SIOCGIFMTU);
  if (error == 0 && mtu != 0 && (uint32_t)request.ifr_mtu != mtu) {
    request.ifr_mtu = (int)mtu;
    error = ask(&request, SIOCSIFMTU);
  }
  if (error == 0) error = ask(&request, SIOCGIFFLAGS);
  if (error != 0 || (request.ifr_flags & IFF_UP)) return error;
  request.ifr_flags |= IFF_UP;
  return ask(&request, SIOCSIFFLAGS);
}
