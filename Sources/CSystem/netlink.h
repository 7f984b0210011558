#pragma once
#include "internal.h"

#include <linux/netlink.h>

/* Takes one message of a list. */
typedef void cs_netlink_take(struct nlmsghdr *message, void *context);

/* Has the kernel list what `type` (RTM_GET…) asks for; 0, or an error. */
int cs_netlink_list(int fd, int type, uint8_t family, cs_netlink_take *take, void *context);

struct nl_msg;
/* A request of `type` that begins with `body`; NULL if there is no memory. */
struct nl_msg *cs_netlink_begin(int type, int flags, const void *body, size_t count);
/* Sends a message, which it frees, and hands each answer to `take` until the kernel has said its
 * last word: 0, or the error in it. `is_whole` is false if an attribute did not fit. */
int cs_netlink_finish(int fd, struct nl_msg *message, bool is_whole, cs_netlink_take *take,
                      void *context);
