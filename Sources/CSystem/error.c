#include "internal.h"

int cs_last_error(void) { return cs_error(errno); }

int cs_error(int code) {
  switch (code) {
  case EAGAIN:
  case EINTR:
  case ENOBUFS: return CS_AGAIN;
  case EPERM:
  case EACCES: return CS_PERMISSION;
  case ENOENT:
  case ENODEV:
  case ENXIO:
  case EADDRNOTAVAIL: return CS_MISSING;
  case EADDRINUSE:
  case EBUSY:
  case EEXIST: return CS_IN_USE;
  case ENOSYS:
  case EAFNOSUPPORT:
  case EPROTONOSUPPORT:
  case ENOPROTOOPT:
  case EOPNOTSUPP: return CS_UNSUPPORTED;
  case EMSGSIZE:
  case EFBIG: return CS_TOO_BIG;
  case EINVAL:
  case EBADFD: return CS_INVALID;
  case ENETUNREACH:
  case EHOSTUNREACH:
  case ENETDOWN:
  case EHOSTDOWN:
  case ECONNREFUSED: return CS_UNREACHABLE;
  case ERFKILL: return CS_BLOCKED;
  default: return CS_FAILED;
  }
}

bool cs_text(char *to, size_t room, const uint8_t *text, size_t count) {
  if (count >= room || memchr(text, 0, count)) return false;
  memcpy(to, text, count);
  to[count] = 0;
  return true;
}
