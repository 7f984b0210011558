#include "address.h"

#include <net/ethernet.h>

socklen_t cs_to_socket(const cs_address *from, union cs_socket_address *to) {
  if (from->family == CS_FAMILY_IPV4) {
    memset(&to->four, 0, sizeof to->four);
    to->four.sin_family = AF_INET;
    to->four.sin_port = htons(from->port);
    memcpy(&to->four.sin_addr, from->bytes, 4);
    return sizeof to->four;
  }
  if (from->family == CS_FAMILY_IPV6) {
    memset(&to->six, 0, sizeof to->six);
    to->six.sin6_family = AF_INET6;
    to->six.sin6_port = htons(from->port);
    to->six.sin6_scope_id = from->scope;
    memcpy(&to->six.sin6_addr, from->bytes, 16);
    return sizeof to->six;
  }
  if (from->family == CS_FAMILY_ETHERNET) {
    memset(&to->card, 0, sizeof to->card);
    to->card.sll_family = AF_PACKET;
    to->card.sll_protocol = htons(CS_ETHER_TYPE);
    to->card.sll_ifindex = (int)from->scope;
    to->card.sll_halen = ETH_ALEN;
    memcpy(to->card.sll_addr, from->bytes, ETH_ALEN);
    return sizeof to->card;
  }
  return 0;
}

void cs_from_socket(const union cs_socket_address *from, cs_address *to) {
  memset(to, 0, sizeof *to);
  if (from->any.sa_family == AF_INET) {
    to->family = CS_FAMILY_IPV4;
    to->port = ntohs(from->four.sin_port);
    memcpy(to->bytes, &from->four.sin_addr, 4);
  } else if (from->any.sa_family == AF_INET6) {
    to->family = CS_FAMILY_IPV6;
    to->port = ntohs(from->six.sin6_port);
    to->scope = from->six.sin6_scope_id;
    memcpy(to->bytes, &from->six.sin6_addr, 16);
  } else if (from->any.sa_family == AF_PACKET) {
    to->family = CS_FAMILY_ETHERNET;
    to->port = from->card.sll_pkttype;
    to->scope = (uint32_t)from->card.sll_ifindex;
    memcpy(to->bytes, from->card.sll_addr, ETH_ALEN);
  }
}
