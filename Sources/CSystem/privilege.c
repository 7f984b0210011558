#include "internal.h"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

/* The system calls as they are: the C library would have all threads make them, and there is one.
 * Those with more than 16 bits where the first ones had 16. */
#ifdef SYS_setresuid32
#define SET_USER SYS_setresuid32
#define SET_GROUP SYS_setresgid32
#define SET_GROUPS SYS_setgroups32
#else
#define SET_USER SYS_setresuid
#define SET_GROUP SYS_setresgid
#define SET_GROUPS SYS_setgroups
#endif

static const uint8_t passwd_path[] = "/etc/passwd";

/* A decimal number that is all of `text`. */
static bool parse_number(const uint8_t *text, size_t count, uint32_t *number) {
  uint64_t value = 0;
  if (count == 0 || count > 10) return false;
  for (size_t i = 0; i < count; i++) {
    if (text[i] < '0' || text[i] > '9') return false;
    value = value * 10 + (uint64_t)(text[i] - '0');
  }
  if (value >= UINT32_MAX) return false; /* -1 means "leave it" to the kernel */
  *number = (uint32_t)value;
  return true;
}

/* A line `name:password:user:group:…`; false if it is none or another's. */
static bool parse_line(const uint8_t *line, size_t line_count, const uint8_t *name, size_t count,
                       cs_user *user) {
  const uint8_t *fields[4];
  size_t counts[4], field = 0, start = 0;
  for (size_t i = 0; i <= line_count && field < 4; i++) {
    if (i < line_count && line[i] != ':') continue;
    fields[field] = line + start;
    counts[field++] = i - start;
    start = i + 1;
  }
  if (field < 4 || !parse_number(fields[2], counts[2], &user->user) ||
      !parse_number(fields[3], counts[3], &user->group)) {
    return false;
  }
  memset(user->name, 0, sizeof user->name);
  memcpy(user->name, fields[0],
         counts[0] < sizeof user->name ? counts[0] : sizeof user->name - 1);
  return (counts[0] == count && memcmp(fields[0], name, count) == 0) ||
         (counts[2] == count && memcmp(fields[2], name, count) == 0);
}

int cs_user_parse(const uint8_t *passwd, size_t passwd_count, const uint8_t *name, size_t count,
                  cs_user *user) {
  size_t start = 0;
  if (count == 0) return CS_MISSING;
  for (size_t i = 0; i <= passwd_count; i++) {
    if (i < passwd_count && passwd[i] != '\n') continue;
    if (parse_line(passwd + start, i - start, name, count, user)) return 0;
    start = i + 1;
  }
  return CS_MISSING;
}

int cs_user_find(const uint8_t *name, size_t count, cs_user *user) {
  uint8_t *content;
  size_t content_count;
  int result = cs_read_file(passwd_path, sizeof passwd_path - 1, 1 << 24, &content, &content_count);
  if (result != 0) return result;
  result = cs_user_parse(content, content_count, name, count, user);
  cs_free(content);
  return result;
}

cs_user cs_user_current(void) {
  cs_user user = {.user = geteuid(), .group = getegid()};
  return user;
}

/* Gives up all but the administration of the network, or that too. */
static int limit_capabilities(bool keep) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) != 0) return cs_last_error();
  uint32_t kept = keep ? data[0].permitted & 1u << CAP_NET_ADMIN : 0;
  memset(data, 0, sizeof data);
  data[0].effective = data[0].permitted = kept;
  return syscall(SYS_capset, &header, data) == 0 ? 0 : cs_last_error();
}

static long control(int what, long value) {
  return syscall(SYS_prctl, (long)what, value, 0L, 0L, 0L);
}

int cs_set_user(cs_user user, bool keep_network_administration) {
  int result = 0;
  if (user.user == UINT32_MAX || user.group == UINT32_MAX) return CS_INVALID; /* no user */
  if (control(PR_SET_KEEPCAPS, keep_network_administration) != 0 ||
      syscall(SET_GROUPS, 0L, NULL) != 0 ||
      syscall(SET_GROUP, user.group, user.group, user.group) != 0 ||
      syscall(SET_USER, user.user, user.user, user.user) != 0) {
    result = cs_last_error();
  }
  /* Who cannot become another user need not keep what else it may do. */
  int limited = limit_capabilities(keep_network_administration);
  return result != 0 ? result : limited;
}

int cs_chroot(const uint8_t *path, size_t count) {
  char name[4096];
  if (!cs_text(name, sizeof name, path, count)) return CS_INVALID;
  return chdir(name) == 0 && chroot(name) == 0 && chdir("/") == 0 ? 0 : cs_last_error();
}

/* Both limits of a resource, as the kernel has them on every machine. */
struct limits {
  uint64_t soft, hard;
};

static int forbid(int resource) {
  static const struct limits none = {0, 0};
  return syscall(SYS_prlimit64, 0L, (long)resource, &none, NULL) == 0 ? 0 : cs_last_error();
}

int cs_no_files(void) { return forbid(RLIMIT_NOFILE); }

bool cs_files_forbidden(void) {
  struct limits now;
  return syscall(SYS_prlimit64, 0L, (long)RLIMIT_NOFILE, NULL, &now) == 0 && now.soft == 0;
}

int cs_no_forks(void) { return forbid(RLIMIT_NPROC); }

int cs_no_new_privileges(void) {
  return control(PR_SET_NO_NEW_PRIVS, 1) == 0 ? 0 : cs_last_error();
}

uint64_t cs_resident_bytes(void) {
  static const uint8_t path[] = "/proc/self/statm";
  uint8_t *content;
  size_t count;
  uint64_t pages = 0;
  if (cs_read_file(path, sizeof path - 1, 4096, &content, &count) == 0) {
    size_t i = 0;
    while (i < count && content[i] != ' ') i++;
    for (i++; i < count && content[i] >= '0' && content[i] <= '9'; i++) {
      pages = pages * 10 + (uint64_t)(content[i] - '0');
    }
    cs_free(content);
    return pages * (uint64_t)getpagesize();
  }
  /* In a chroot: the most that was ever in use is the next best. */
  struct rusage usage;
  return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}

uint32_t cs_process_id(void) { return (uint32_t)getpid(); }
