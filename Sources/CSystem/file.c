#include "internal.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/select.h>
#include <sys/stat.h>

/* It may hold a private key. */
static void wipe(uint8_t *bytes, size_t count) {
  memset(bytes, 0, count);
  __asm__ volatile("" : : "r"(bytes) : "memory");
}

int cs_read_all(int fd, size_t limit, uint8_t **content, size_t *count) {
  size_t room = 16384, used = 0;
  int result = CS_TOO_BIG;
  uint8_t *bytes = malloc(room);
  while (bytes && used <= limit) {
    if (used == room) {
      uint8_t *more = malloc(room * 2);
      if (!more) break;
      memcpy(more, bytes, used);
      wipe(bytes, used);
      free(bytes);
      bytes = more;
      room *= 2;
    }
    ssize_t got = read(fd, bytes + used, room - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) {
      result = cs_last_error();
      break;
    }
    if (got == 0) {
      *content = bytes;
      *count = used;
      return 0;
    }
    used += (size_t)got;
  }
  if (bytes) wipe(bytes, used);
  free(bytes);
  return result;
}

int cs_read_file(const uint8_t *path, size_t path_count, size_t limit, uint8_t **content,
                 size_t *count) {
  char name[PATH_MAX];
  if (!cs_text(name, sizeof name, path, path_count)) return CS_INVALID;
  int fd = open(name, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return cs_last_error();
  int result = cs_read_all(fd, limit, content, count);
  close(fd);
  return result;
}

int cs_write_all(int fd, const uint8_t *bytes, size_t count) {
  while (count > 0) {
    ssize_t done = write(fd, bytes, count);
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return cs_last_error();
    bytes += done;
    count -= (size_t)done;
  }
  return 0;
}

bool cs_is_writable(int fd) {
  /* poll() fails once no more files may be opened (RLIMIT_NOFILE), and then all of the log is lost.
   * The time is zero, however long its fields are. */
  static const uint64_t now[2] = {0, 0};
  fd_set set;
  FD_ZERO(&set);
  FD_SET(fd, &set);
  return syscall(SYS_pselect6, (long)fd + 1, NULL, &set, NULL, now, NULL) == 1;
}

int cs_state_open(const uint8_t *path, size_t path_count) {
  char name[PATH_MAX];
  if (!cs_text(name, sizeof name, path, path_count)) return CS_INVALID;
  int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0600);
  if (fd < 0) return cs_last_error();
  /* By its number, as fstat brings conversions for kernels that lack it; where Linux is older than
     4.11 the name is trusted. */
  struct statx info;
  long result = syscall(SYS_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE, &info);
  if (result == 0 ? S_ISREG(info.stx_mode) : errno == ENOSYS) return fd;
  close(fd);
  return CS_INVALID;
}

int cs_rewrite(int fd, const uint8_t *bytes, size_t count) {
  if (lseek(fd, 0, SEEK_SET) != 0) return cs_last_error();
  int result = cs_write_all(fd, bytes, count);
  if (result < 0) return result;
  return ftruncate(fd, (off_t)count) == 0 ? 0 : cs_last_error();
}

void cs_free(uint8_t *content) { free(content); }

void cs_close(int fd) {
  if (fd >= 0) close(fd);
}
