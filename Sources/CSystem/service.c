#include "internal.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static int manager = -1;

void cs_service_open(void) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  const char *path = getenv("NOTIFY_SOCKET");
  size_t count = path ? strlen(path) : 0;
  if (count < 2 || count >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@')) return;
  memcpy(address.sun_path, path, count);
  /* A name without a file begins with a zero, and none ends it. */
  if (path[0] == '@') address.sun_path[0] = 0;
  socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + count);
  manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (manager >= 0 && connect(manager, (struct sockaddr *)&address, length) != 0) {
    close(manager);
    manager = -1;
  }
}

/* A decimal number in the environment; 0 if there is none. */
static uint64_t number(const char *name) {
  const char *text = getenv(name);
  uint64_t value = 0;
  for (; text && *text; text++) {
    if (*text < '0' || *text > '9' || value > UINT64_MAX / 16) return 0;
    value = value * 10 + (uint64_t)(*text - '0');
  }
  return value;
}

uint32_t cs_service_watchdog_milliseconds(void) {
  uint64_t milliseconds = number("WATCHDOG_USEC") / 1000;
  uint64_t process = number("WATCHDOG_PID");
  if (manager < 0 || (process != 0 && process != (uint64_t)getpid())) return 0;
  return milliseconds < UINT32_MAX ? (uint32_t)milliseconds : UINT32_MAX;
}

void cs_service_tell(const uint8_t *text, size_t count) {
  if (manager >= 0 && send(manager, text, count, MSG_NOSIGNAL) < 0) return;
}
