#include <netlink/netlink.h>
#include <netlink/msg.h>
