#include "address.h"

#include <ifaddrs.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>

static bool read_ip(const struct ifaddrs *entry, uint8_t family, cs_interface *to) {
  int wanted = family == CS_FAMILY_IPV4 ? AF_INET : AF_INET6;
  if (entry->ifa_addr->sa_family != wanted) return false;
  union cs_socket_address name;
  memset(&name, 0, sizeof name);
  memcpy(&name, entry->ifa_addr, wanted == AF_INET ? sizeof name.four : sizeof name.six);
  cs_from_socket(&name, &to->address);
  if (family == CS_FAMILY_IPV4 && entry->ifa_netmask && (entry->ifa_flags & IFF_BROADCAST)) {
    struct sockaddr_in mask;
    memcpy(&mask, entry->ifa_netmask, sizeof mask);
    name.four.sin_addr.s_addr |= ~mask.sin_addr.s_addr;
    cs_from_socket(&name, &to->broadcast);
  }
  return true;
}

static bool read_card(const struct ifaddrs *entry, cs_interface *to) {
  if (entry->ifa_addr->sa_family != AF_PACKET) return false;
  struct sockaddr_ll card;
  memcpy(&card, entry->ifa_addr, sizeof card);
  if (card.sll_halen != 6 || card.sll_hatype == ARPHRD_LOOPBACK) return false;
  to->address.family = CS_FAMILY_ETHERNET;
  memcpy(to->address.bytes, card.sll_addr, 6);
  return true;
}

int cs_interfaces(uint8_t family, cs_interface *list, int room) {
  struct ifaddrs *all;
  int count = 0;
  if (getifaddrs(&all) != 0) return cs_last_error();
  for (struct ifaddrs *entry = all; entry && count < room; entry = entry->ifa_next) {
    cs_interface *to = &list[count];
    if (!entry->ifa_addr || strlen(entry->ifa_name) >= sizeof to->name) continue;
    memset(to, 0, sizeof *to);
    memcpy(to->name, entry->ifa_name, strlen(entry->ifa_name));
    to->up = entry->ifa_flags & IFF_UP;
    to->loopback = entry->ifa_flags & IFF_LOOPBACK;
    if (family == CS_FAMILY_ETHERNET ? read_card(entry, to) : read_ip(entry, family, to)) count++;
  }
  freeifaddrs(all);
  return count;
}

bool cs_interface_is_up(const uint8_t *name, uint32_t mtu) {
  struct ifreq flags, size;
  memset(&flags, 0, sizeof flags);
  strncpy(flags.ifr_name, (const char *)name, IFNAMSIZ - 1);
  size = flags;
  int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  bool result = ioctl(fd, SIOCGIFFLAGS, &flags) == 0 && (flags.ifr_flags & IFF_UP) &&
                ioctl(fd, SIOCGIFMTU, &size) == 0 && (uint32_t)size.ifr_mtu == mtu;
  close(fd);
  return result;
}
