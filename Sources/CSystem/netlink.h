#pragma once
#include "internal.h"

#include <linux/netlink.h>

/* Takes one message of a list. */
typedef void cs_netlink_take(struct nlmsghdr *message, void *context);

/* Has the kernel list what `type` (RTM_GET…) asks for; 0, or an error. */
int cs_netlink_list(int fd, int type, uint8_t family, cs_netlink_take *take, void *context);
