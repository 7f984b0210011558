#include "internal.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

enum { EVENT_MAX = 32 };

int cs_loop_open(void) {
  int loop = epoll_create1(EPOLL_CLOEXEC);
  return loop < 0 ? cs_last_error() : loop;
}

int cs_loop_add(int loop, int fd, uint32_t token) {
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = token};
  return epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : cs_last_error();
}

int cs_loop_remove(int loop, int fd) {
  struct epoll_event event = {0};
  return epoll_ctl(loop, EPOLL_CTL_DEL, fd, &event) == 0 ? 0 : cs_last_error();
}

int cs_loop_wait(int loop, uint32_t *tokens, int room, int milliseconds) {
  struct epoll_event events[EVENT_MAX];
  int count = epoll_wait(loop, events, room < EVENT_MAX ? room : EVENT_MAX, milliseconds);
  if (count < 0) return errno == EINTR ? 0 : cs_last_error();
  for (int i = 0; i < count; i++) tokens[i] = events[i].data.u32;
  return count;
}

int cs_signals_open(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) return cs_last_error();
  /* Blocked and never taken is as good as ignored. */
  sigaddset(&set, SIGPIPE);
  if (sigprocmask(SIG_BLOCK, &set, NULL) == 0) return fd;
  int error = cs_last_error();
  close(fd);
  return error;
}

int cs_signals_take(int fd) {
  struct signalfd_siginfo info;
  if (read(fd, &info, sizeof info) != (ssize_t)sizeof info) return 0;
  return info.ssi_signo == SIGHUP ? CS_SIGNAL_HANGUP : CS_SIGNAL_END;
}
