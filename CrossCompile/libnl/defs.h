// What libnl's configure would find out.
#pragma once

#define DISABLE_PTHREADS 1
#define HAVE_STRERROR_L 1
#define SYSCONFDIR "/etc/libnl"

// Nobody prints messages of netlink here: without these the C library's printf stays out.
#include <stdio.h>
#define fprintf(...) 0
#define vfprintf(...) 0
