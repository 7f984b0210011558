/* The only C of the program, and the only place that knows errno values, socket constants and
 * the kernel's structures: they differ between architectures. What is returned is ours. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a call came to: 0 or more is success (often a descriptor or a count), else one of these. */
enum cs_error {
  CS_AGAIN = -1,       /* nothing now, or no room now */
  CS_PERMISSION = -2,  /* not permitted to this user, or forbidden by a filter */
  CS_MISSING = -3,     /* no such file, device, user or address on this machine */
  CS_IN_USE = -4,      /* the port or device is taken */
  CS_UNSUPPORTED = -5, /* the kernel cannot do it */
  CS_TOO_BIG = -6,     /* more bytes than the path, the device or the limit takes */
  CS_INVALID = -7,     /* the kernel finds the arguments wrong */
  CS_UNREACHABLE = -8, /* no way there, or nobody listening there */
  CS_FAILED = -9,      /* anything else */
};

/* file.c */
/* All of a file (at most `limit` bytes); `*content` is freed by cs_free. */
int cs_read_file(const uint8_t *path, size_t path_count, size_t limit, uint8_t **content,
                 size_t *count);
/* All that a descriptor yields until its end. */
int cs_read_all(int fd, size_t limit, uint8_t **content, size_t *count);
/* Writes all bytes, however often it takes. */
int cs_write_all(int fd, const uint8_t *bytes, size_t count);
void cs_free(uint8_t *content);
void cs_close(int fd);

/* clock.c */
uint64_t cs_monotonic_milliseconds(void);
uint64_t cs_unix_seconds(void);

/* random.c */
/* Fills with the kernel's randomness; waits for it at boot, never fails. */
void cs_random(uint8_t *bytes, size_t count);

/* arguments.c */
/* The arguments of the process, its name first, each ended by a zero; 0 bytes if they cannot be
 * read. `*bytes` lives as long as the process. */
void cs_arguments(const uint8_t **bytes, size_t *count);
_Noreturn void cs_exit(int status);
