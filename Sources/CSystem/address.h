#pragma once
#include "internal.h"

#include <netinet/in.h>
#include <netpacket/packet.h>
#include <sys/socket.h>

union cs_socket_address {
  struct sockaddr any;
  struct sockaddr_in four;
  struct sockaddr_in6 six;
  struct sockaddr_ll card;
};

/* The length of what was written; 0 for no family. */
socklen_t cs_to_socket(const cs_address *from, union cs_socket_address *to);
void cs_from_socket(const union cs_socket_address *from, cs_address *to);
