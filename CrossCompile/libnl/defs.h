// What libnl's configure would find out.
#pragma once

#define DISABLE_PTHREADS 1
#define HAVE_STRERROR_L 1
#define SYSCONFDIR "/etc/libnl"
