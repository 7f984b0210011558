/* The unit of `make bench`: IP packets between a TUN device and one UDP peer, one thread, epoll,
 * one read and one sendto, one recvfrom and one write per packet; no crypto, no batching.
 *
 * usage: forwarder DEVICE PORT PEER-ADDRESS PEER-PORT */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static void must(int ok, const char *what) {
  if (ok) return;
  perror(what);
  exit(1);
}

int main(int count, char **arguments) {
  if (count != 5) return 2;
  int tun = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
  must(tun >= 0, "/dev/net/tun");
  struct ifreq device = {.ifr_flags = IFF_TUN | IFF_NO_PI};
  strncpy(device.ifr_name, arguments[1], IFNAMSIZ - 1);
  must(ioctl(tun, TUNSETIFF, &device) == 0, "TUNSETIFF");

  int udp = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[2]))};
  struct sockaddr_in peer = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[4]))};
  must(inet_pton(AF_INET, arguments[3], &peer.sin_addr) == 1, "address");
  must(bind(udp, (struct sockaddr *)&own, sizeof own) == 0, "bind");

  int loop = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = tun};
  must(epoll_ctl(loop, EPOLL_CTL_ADD, tun, &event) == 0, "epoll");
  event.data.fd = udp;
  must(epoll_ctl(loop, EPOLL_CTL_ADD, udp, &event) == 0, "epoll");

  static char packet[65536];
  for (;;) {
    struct epoll_event ready[2];
    int readyCount = epoll_wait(loop, ready, 2, -1);
    for (int i = 0; i < readyCount; i++) {
      ssize_t byteCount;
      if (ready[i].data.fd == tun) {
        byteCount = read(tun, packet, sizeof packet);
        if (byteCount > 0) {
          sendto(udp, packet, byteCount, 0, (struct sockaddr *)&peer, sizeof peer);
        }
      } else {
        byteCount = recvfrom(udp, packet, sizeof packet, 0, NULL, NULL);
        if (byteCount > 0 && write(tun, packet, byteCount) < 0) continue;
      }
    }
  }
}
