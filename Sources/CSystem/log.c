#include "internal.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

/* By hand, because syslog() of the C library brings its calendar, its locales and printf. */
static int log_socket = -1;

void cs_syslog_open(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
  log_socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (log_socket >= 0) connect(log_socket, (struct sockaddr *)&address, sizeof address);
}

/* Appends decimal digits and returns where they end. */
static char *digits(char *end, unsigned number) {
  if (number >= 10) end = digits(end, number / 10);
  *end = (char)('0' + number % 10);
  return end + 1;
}

void cs_syslog(int level, const uint8_t *text, size_t count) {
  /* Debug, info, warning, error, critical (RFC 5424), of the facility of daemons. */
  static const unsigned char severities[] = {7, 6, 4, 3, 2};
  char line[1100] = "<";
  char *end = digits(line + 1, 3u << 3 | severities[level < 0 ? 0 : level > 4 ? 4 : level]);
  static const char name[] = ">cjdroute[";
  memcpy(end, name, sizeof name - 1);
  end = digits(end + sizeof name - 1, (unsigned)getpid());
  memcpy(end, "]: ", 3);
  end += 3;
  if (count > 1024) count = 1024;
  memcpy(end, text, count);
  /* The daemon of the log may be away; then the line is lost. */
  if (send(log_socket, line, (size_t)(end - line) + count, MSG_NOSIGNAL) < 0) return;
}
