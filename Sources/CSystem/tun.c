#include "internal.h"

#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sys/ioctl.h>

int cs_tun_open(void) {
  int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
  return fd < 0 ? cs_last_error() : fd;
}

int cs_tun_attach(int fd, uint8_t *name) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  memcpy(request.ifr_name, name, IFNAMSIZ - 1);
  if (cs_ioctl(fd, TUNSETIFF, &request) != 0) return cs_last_error();
  memcpy(name, request.ifr_name, IFNAMSIZ);
  name[IFNAMSIZ - 1] = 0;
  return 0;
}

int cs_tun_read(int fd, uint8_t *bytes, size_t room) {
  ssize_t got = read(fd, bytes, room);
  return got < 0 ? cs_last_error() : (int)got;
}

int cs_tun_write(int fd, const uint8_t *bytes, size_t count) {
  ssize_t done = write(fd, bytes, count);
  return done < 0 ? cs_last_error() : (int)done;
}
