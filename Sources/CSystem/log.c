#include "internal.h"

#include <syslog.h>
#include <time.h>

void cs_syslog_open(void) {
  tzset();
  openlog("cjdroute", LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void cs_syslog(int level, const uint8_t *text, size_t count) {
  static const int priorities[] = {LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR, LOG_CRIT};
  int priority = priorities[level < 0 ? 0 : level > 4 ? 4 : level];
  syslog(priority, "%.*s", (int)(count > 1024 ? 1024 : count), (const char *)text);
}
