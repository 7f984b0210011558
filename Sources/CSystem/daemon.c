#include "internal.h"

#include <fcntl.h>
#include <sys/wait.h>

bool cs_is_terminal(int fd) { return isatty(fd); }

bool cs_is_filled_file(int fd) {
  off_t here = lseek(fd, 0, SEEK_CUR);
  if (here < 0) return false; /* a terminal or a pipe */
  bool is_filled = lseek(fd, 0, SEEK_END) > 0;
  lseek(fd, here, SEEK_SET);
  return is_filled;
}

_Noreturn static void wait_for_child(pid_t child, int report) {
  uint8_t ready;
  ssize_t got;
  int status;
  do {
    got = read(report, &ready, sizeof ready);
  } while (got < 0 && errno == EINTR);
  if (got == 1) _exit(0);
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  _exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : 1);
}

int cs_daemon_start(void) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return cs_last_error();
  pid_t child = _Fork(); /* without the handlers of threads, which nobody has set */
  if (child < 0) return cs_last_error();
  if (child > 0) {
    close(ends[1]);
    wait_for_child(child, ends[0]);
  }
  close(ends[0]);
  setsid();
  return ends[1];
}

static int null_device = -1;

void cs_output_prepare(void) {
  /* A descriptor that the caller has closed must not become a socket that log lines go to. */
  do {
    null_device = open("/dev/null", O_RDWR | O_CLOEXEC);
  } while (null_device >= 0 && null_device <= STDERR_FILENO);
  if (null_device >= 0) dup2(null_device, STDIN_FILENO);
}

void cs_output_close(bool keep_standard_output) {
  if (null_device < 0) return;
  if (!keep_standard_output) dup2(null_device, STDOUT_FILENO);
  dup2(null_device, STDERR_FILENO);
}

void cs_daemon_ready(int report) {
  static const uint8_t ready = 1;
  cs_write_all(report, &ready, 1);
  close(report);
}
