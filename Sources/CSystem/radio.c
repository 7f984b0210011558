#include "netlink.h"

#include <linux/genetlink.h>
#include <linux/nl80211.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

/* Messages are made and read by libnl; what its libnl-genl adds needs its sockets. */

static struct nl_msg *begin(int family, uint8_t command, int flags) {
  struct genlmsghdr header = {.cmd = command, .version = 1};
  return cs_netlink_begin(family, flags, &header, sizeof header);
}

static bool put_flag(struct nl_msg *message, int type) {
  return nla_put(message, type, 0, NULL) == 0;
}

static bool put_8(struct nl_msg *message, int type, uint8_t value) {
  return nla_put(message, type, sizeof value, &value) == 0;
}

static bool put_32(struct nl_msg *message, int type, uint32_t value) {
  return nla_put(message, type, sizeof value, &value) == 0;
}

static bool put_channel(struct nl_msg *message, const cs_radio_order *order) {
  return put_32(message, NL80211_ATTR_WIPHY_FREQ, order->frequency) &&
         put_32(message, NL80211_ATTR_CHANNEL_WIDTH,
                order->is_ht ? NL80211_CHAN_WIDTH_20 : NL80211_CHAN_WIDTH_20_NOHT);
}

static bool put_mesh(struct nl_msg *message, const cs_radio_order *order) {
  if (nla_put(message, NL80211_ATTR_MESH_ID, order->network_count, order->network) != 0) {
    return false;
  }
  struct nlattr *settings = nla_nest_start(message, NL80211_ATTR_MESH_CONFIG);
  /* We are the router, and our neighbours are those that are heard directly. */
  if (!settings || !put_8(message, NL80211_MESHCONF_FORWARDING, 0) ||
      !put_8(message, NL80211_MESHCONF_NOLEARN, 1)) {
    return false;
  }
  nla_nest_end(message, settings);
  return true;
}

static bool put_cell(struct nl_msg *message, const cs_radio_order *order) {
  /* With a fixed one two parts of a network are never two cells. */
  return nla_put(message, NL80211_ATTR_SSID, order->network_count, order->network) == 0 &&
         nla_put(message, NL80211_ATTR_MAC, sizeof order->cell, order->cell) == 0 &&
         put_flag(message, NL80211_ATTR_FREQ_FIXED);
}

/* A device that the kernel takes away when the socket is closed, however the process ends. */
static bool put_device(struct nl_msg *message, const cs_radio_order *order) {
  if (!put_32(message, NL80211_ATTR_WIPHY, order->radio) ||
      nla_put(message, NL80211_ATTR_IFNAME, (int)strlen((const char *)order->name) + 1,
              order->name) != 0 ||
      !put_32(message, NL80211_ATTR_IFTYPE, order->mode) ||
      !put_flag(message, NL80211_ATTR_IFACE_SOCKET_OWNER)) {
    return false;
  }
  if (order->mode != NL80211_IFTYPE_MONITOR || !order->acknowledges) return true;
  struct nlattr *flags = nla_nest_start(message, NL80211_ATTR_MNTR_FLAGS);
  if (!flags || !put_flag(message, NL80211_MNTR_FLAG_ACTIVE)) return false;
  nla_nest_end(message, flags);
  return true;
}

/* `*is_whole` is false if an attribute did not fit. */
static struct nl_msg *make(cs_radio_request request, uint16_t family, const cs_radio_order *order,
                           bool *is_whole) {
  static const struct {
    uint8_t command, is_list;
  } kinds[] = {
      [CS_RADIO_LIST] = {NL80211_CMD_GET_WIPHY, true},
      [CS_RADIO_DEVICES] = {NL80211_CMD_GET_INTERFACE, true},
      [CS_RADIO_STATIONS] = {NL80211_CMD_GET_STATION, true},
      [CS_RADIO_ADD] = {NL80211_CMD_NEW_INTERFACE, false},
      [CS_RADIO_TUNE] = {NL80211_CMD_SET_WIPHY, false},
      [CS_RADIO_POWER] = {NL80211_CMD_SET_WIPHY, false},
      [CS_RADIO_JOIN] = {NL80211_CMD_JOIN_MESH, false},
      [CS_RADIO_PART] = {NL80211_CMD_DEL_STATION, false},
  };
  bool is_cell = request == CS_RADIO_JOIN && order->mode == NL80211_IFTYPE_ADHOC;
  struct nl_msg *message =
      begin(family, is_cell ? NL80211_CMD_JOIN_IBSS : kinds[request].command,
            kinds[request].is_list ? NLM_F_DUMP : 0);
  if (!message) return NULL;
  bool fits = true;
  if (request == CS_RADIO_LIST) {
    /* In messages that are never too long. */
    fits = put_flag(message, NL80211_ATTR_SPLIT_WIPHY_DUMP);
  } else if (request == CS_RADIO_ADD) {
    fits = put_device(message, order);
  } else if (request != CS_RADIO_DEVICES) {
    fits = put_32(message, NL80211_ATTR_IFINDEX, order->device);
  }
  if (request == CS_RADIO_TUNE || request == CS_RADIO_JOIN) {
    fits = fits && put_channel(message, order);
  }
  if (request == CS_RADIO_POWER) {
    fits = fits &&
           put_32(message, NL80211_ATTR_WIPHY_TX_POWER_SETTING, NL80211_TX_POWER_FIXED) &&
           put_32(message, NL80211_ATTR_WIPHY_TX_POWER_LEVEL, (uint32_t)order->power);
  }
  if (request == CS_RADIO_PART) {
    fits = fits && nla_put(message, NL80211_ATTR_MAC, sizeof order->cell, order->cell) == 0;
  }
  if (request == CS_RADIO_JOIN) {
    fits = fits && (is_cell ? put_cell(message, order) : put_mesh(message, order));
    if (order->rate) fits = fits && put_32(message, NL80211_ATTR_MCAST_RATE, order->rate);
  }
  *is_whole = fits;
  return message;
}

int cs_radio_write(cs_radio_request request, uint16_t family, const cs_radio_order *order,
                   uint8_t *bytes, size_t room) {
  bool is_whole;
  struct nl_msg *message = make(request, family, order, &is_whole);
  if (!message) return CS_FAILED;
  const struct nlmsghdr *header = nlmsg_hdr(message);
  size_t count = header->nlmsg_len;
  int result = is_whole && count <= room ? (int)count : CS_TOO_BIG;
  if (result > 0) memcpy(bytes, header, count);
  nlmsg_free(message);
  return result;
}

/* The message in `bytes` if it is about `command`; NULL. */
static struct nlmsghdr *message_about(uint8_t command, const uint8_t *bytes, size_t count) {
  struct nlmsghdr *message = (struct nlmsghdr *)(uintptr_t)bytes;
  if (count > INT32_MAX || !nlmsg_ok(message, (int)count) ||
      !nlmsg_valid_hdr(message, sizeof(struct genlmsghdr))) {
    return NULL;
  }
  const struct genlmsghdr *header = nlmsg_data(message);
  return header->cmd == command ? message : NULL;
}

static struct nlattr *find(struct nlmsghdr *message, int type) {
  return nlmsg_find_attr(message, sizeof(struct genlmsghdr), type);
}

static struct nlattr *find_in(struct nlattr *nest, int type) {
  return nla_find(nla_data(nest), nla_len(nest), type);
}

/* The number in an attribute of four bytes, or two or one; 0 if there is none. */
static uint32_t number(struct nlattr *attribute) {
  uint32_t value = 0;
  uint16_t two;
  if (!attribute) return 0;
  const uint8_t *bytes = nla_data(attribute);
  switch (nla_len(attribute)) {
  case sizeof value: memcpy(&value, bytes, sizeof value); return value;
  case sizeof two: memcpy(&two, bytes, sizeof two); return two;
  case 1: return *bytes;
  default: return 0;
  }
}

/* As much of it as there is room for; ended by a zero. */
static void copy_name(uint8_t *to, size_t room, struct nlattr *name) {
  memset(to, 0, room);
  if (!name) return;
  size_t count = (size_t)nla_len(name);
  memcpy(to, nla_data(name), count < room ? count : room - 1);
}

static bool copy_card(uint8_t *to, struct nlattr *card) {
  enum { CARD_BYTE_COUNT = 6 };
  if (!card || nla_len(card) != CARD_BYTE_COUNT) return false;
  memcpy(to, nla_data(card), CARD_BYTE_COUNT);
  return true;
}

static void read_band(struct nlattr *band, cs_radio *radio) {
  struct nlattr *list = find_in(band, NL80211_BAND_ATTR_FREQS), *frequency;
  int left;
  if (list) {
    nla_for_each_nested(frequency, list, left) {
      if (number(find_in(frequency, NL80211_FREQUENCY_ATTR_FREQ)) != radio->frequency) continue;
      radio->known = true;
      radio->disabled = find_in(frequency, NL80211_FREQUENCY_ATTR_DISABLED);
      radio->passive = find_in(frequency, NL80211_FREQUENCY_ATTR_NO_IR);
      radio->radar = find_in(frequency, NL80211_FREQUENCY_ATTR_RADAR);
    }
  }
}

bool cs_radio_read_radio(const uint8_t *bytes, size_t count, cs_radio *radio) {
  enum { SECOND_BAND_MHZ = 4000 };
  struct nlmsghdr *message = message_about(NL80211_CMD_NEW_WIPHY, bytes, count);
  struct nlattr *found = message ? find(message, NL80211_ATTR_WIPHY) : NULL;
  if (!found || number(found) != radio->number) return false;
  if ((found = find(message, NL80211_ATTR_WIPHY_NAME))) {
    copy_name(radio->name, sizeof radio->name, found);
  }
  struct nlattr *each;
  int left;
  if ((found = find(message, NL80211_ATTR_SUPPORTED_IFTYPES))) {
    nla_for_each_nested(each, found, left) {
      if (nla_type(each) < 32) radio->modes |= (uint32_t)1 << nla_type(each);
    }
  }
  if ((found = find(message, NL80211_ATTR_WIPHY_BANDS))) {
    nla_for_each_nested(each, found, left) {
      /* What a band can do comes before its frequencies, in a message of its own. */
      bool is_second = nla_type(each) != NL80211_BAND_2GHZ;
      if (is_second == (radio->frequency > SECOND_BAND_MHZ) &&
          find_in(each, NL80211_BAND_ATTR_HT_CAPA)) {
        radio->is_ht = true;
      }
      read_band(each, radio);
    }
  }
  if (number(find(message, NL80211_ATTR_FEATURE_FLAGS)) & NL80211_FEATURE_ACTIVE_MONITOR) {
    radio->acknowledges = true;
  }
  return true;
}

bool cs_radio_read_device(const uint8_t *bytes, size_t count, cs_radio_device *device) {
  struct nlmsghdr *message = message_about(NL80211_CMD_NEW_INTERFACE, bytes, count);
  struct nlattr *index = message ? find(message, NL80211_ATTR_IFINDEX) : NULL;
  if (!index) return false;
  memset(device, 0, sizeof *device);
  device->radio = number(find(message, NL80211_ATTR_WIPHY));
  device->index = number(index);
  device->mode = number(find(message, NL80211_ATTR_IFTYPE));
  copy_name(device->name, sizeof device->name, find(message, NL80211_ATTR_IFNAME));
  copy_card(device->card, find(message, NL80211_ATTR_MAC));
  return true;
}

bool cs_radio_read_station(const uint8_t *bytes, size_t count, cs_radio_station *station) {
  struct nlmsghdr *message = message_about(NL80211_CMD_NEW_STATION, bytes, count);
  struct nlattr *card = message ? find(message, NL80211_ATTR_MAC) : NULL;
  struct nlattr *info = message ? find(message, NL80211_ATTR_STA_INFO) : NULL;
  if (!info) return false;
  memset(station, 0, sizeof *station);
  if (!copy_card(station->card, card)) return false;
  station->signal = (int8_t)number(find_in(info, NL80211_STA_INFO_SIGNAL));
  station->throughput = number(find_in(info, NL80211_STA_INFO_EXPECTED_THROUGHPUT));
  station->sent = number(find_in(info, NL80211_STA_INFO_TX_PACKETS));
  station->retries = number(find_in(info, NL80211_STA_INFO_TX_RETRIES));
  station->failed = number(find_in(info, NL80211_STA_INFO_TX_FAILED));
  struct nlattr *rate = find_in(info, NL80211_STA_INFO_TX_BITRATE);
  if (rate) {
    station->bit_rate = number(find_in(rate, NL80211_RATE_INFO_BITRATE32));
    if (!station->bit_rate) station->bit_rate = number(find_in(rate, NL80211_RATE_INFO_BITRATE));
  }
  return true;
}

/* Asking. */

static int ask(int fd, cs_radio_request request, uint16_t family, const cs_radio_order *order,
               cs_netlink_take *take, void *context) {
  bool is_whole;
  struct nl_msg *message = make(request, family, order, &is_whole);
  return message ? cs_netlink_finish(fd, message, is_whole, take, context) : CS_FAILED;
}

static void take_family(struct nlmsghdr *message, void *context) {
  if (!nlmsg_valid_hdr(message, sizeof(struct genlmsghdr))) return;
  struct nlattr *id = find(message, CTRL_ATTR_FAMILY_ID);
  if (id) *(uint16_t *)context = (uint16_t)number(id);
}

int cs_radio_open(uint16_t *family) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
  if (fd < 0) return cs_last_error();
  static const char name[] = NL80211_GENL_NAME;
  struct nl_msg *message = begin(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0);
  *family = 0;
  int result = CS_FAILED;
  if (message) {
    bool is_whole = nla_put(message, CTRL_ATTR_FAMILY_NAME, sizeof name, name) == 0;
    result = cs_netlink_finish(fd, message, is_whole, take_family, family);
  }
  if (result == 0 && *family != 0) return fd;
  close(fd);
  return result == 0 ? CS_MISSING : result;
}

struct search {
  const uint8_t *name;
  cs_radio *radio;
  bool is_found;
};

static bool is_name(const uint8_t *name, const uint8_t *other) {
  return strcmp((const char *)name, (const char *)other) == 0;
}

static void take_radio(struct nlmsghdr *message, void *context) {
  struct search *search = context;
  uint8_t name[CS_RADIO_NAME_MAX];
  if (!nlmsg_valid_hdr(message, sizeof(struct genlmsghdr))) return;
  if (!search->is_found) {
    copy_name(name, sizeof name, find(message, NL80211_ATTR_WIPHY_NAME));
    if (!is_name(name, search->name)) return;
    search->is_found = true;
    search->radio->number = number(find(message, NL80211_ATTR_WIPHY));
  }
  cs_radio_read_radio((const uint8_t *)message, message->nlmsg_len, search->radio);
}

static void take_owner(struct nlmsghdr *message, void *context) {
  struct search *search = context;
  cs_radio_device device;
  if (cs_radio_read_device((const uint8_t *)message, message->nlmsg_len, &device) &&
      is_name(device.name, search->name)) {
    search->is_found = true;
    search->radio->number = device.radio;
  }
}

int cs_radio_find(int fd, uint16_t family, const uint8_t *name, cs_radio *radio) {
  struct search search = {name, radio, false};
  int result = ask(fd, CS_RADIO_DEVICES, family, NULL, take_owner, &search);
  if (result == 0) result = ask(fd, CS_RADIO_LIST, family, NULL, take_radio, &search);
  return result == 0 && !search.is_found ? CS_MISSING : result;
}

struct devices {
  cs_radio_device *entries;
  int count, room;
  uint32_t radio;
};

static void take_device(struct nlmsghdr *message, void *context) {
  struct devices *list = context;
  if (list->count < list->room &&
      cs_radio_read_device((const uint8_t *)message, message->nlmsg_len,
                           &list->entries[list->count]) &&
      list->entries[list->count].radio == list->radio) {
    list->count++;
  }
}

int cs_radio_devices(int fd, uint16_t family, uint32_t radio, cs_radio_device *entries, int room) {
  struct devices list = {entries, 0, room, radio};
  int result = ask(fd, CS_RADIO_DEVICES, family, NULL, take_device, &list);
  return result < 0 ? result : list.count;
}

struct stations {
  cs_radio_station *entries;
  int count, room;
};

static void take_station(struct nlmsghdr *message, void *context) {
  struct stations *list = context;
  if (list->count < list->room &&
      cs_radio_read_station((const uint8_t *)message, message->nlmsg_len,
                            &list->entries[list->count])) {
    list->count++;
  }
}

int cs_radio_stations(int fd, uint16_t family, uint32_t device, cs_radio_station *entries,
                      int room) {
  struct stations list = {entries, 0, room};
  cs_radio_order order = {.device = device};
  int result = ask(fd, CS_RADIO_STATIONS, family, &order, take_station, &list);
  return result < 0 ? result : list.count;
}

int cs_radio_add(int fd, uint16_t family, const cs_radio_order *order, cs_radio_device *made) {
  struct devices list = {made, 0, 1, order->radio};
  int result = ask(fd, CS_RADIO_ADD, family, order, take_device, &list);
  return result == 0 && list.count == 0 ? CS_FAILED : result;
}

int cs_radio_do(int fd, uint16_t family, cs_radio_request request, const cs_radio_order *order) {
  return ask(fd, request, family, order, NULL, NULL);
}
