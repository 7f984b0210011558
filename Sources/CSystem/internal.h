/* Shared by the files of this folder. */
#pragma once
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CSystem.h"

/* The error of the call that just failed. */
int cs_last_error(void);
/* What an errno value means to us. */
int cs_error(int code);
/* Copies a path and ends it with a zero; false if it does not fit or holds a zero itself. */
bool cs_text(char *to, size_t room, const uint8_t *text, size_t count);

/* ioctl by its number: the C library's converts what none of our requests holds. */
static inline int cs_ioctl(int fd, unsigned long what, void *request) {
  return (int)syscall(SYS_ioctl, fd, what, request);
}
