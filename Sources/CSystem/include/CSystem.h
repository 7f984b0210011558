/* The only C of the program, and the only place that knows errno values, socket constants and
 * the kernel's structures: they differ between architectures. What is returned is ours. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a call came to: 0 or more is success (often a descriptor or a count), else one of these. */
enum {
  CS_AGAIN = -1,       /* nothing now, or no room now */
  CS_PERMISSION = -2,  /* not permitted to this user, or forbidden by a filter */
  CS_MISSING = -3,     /* no such file, device, user or address on this machine */
  CS_IN_USE = -4,      /* the port or device is taken */
  CS_UNSUPPORTED = -5, /* the kernel cannot do it */
  CS_TOO_BIG = -6,     /* more bytes than the path, the device or the limit takes */
  CS_INVALID = -7,     /* the kernel finds the arguments wrong */
  CS_UNREACHABLE = -8, /* no way there, or nobody listening there */
  CS_FAILED = -9,      /* anything else */
  CS_BLOCKED = -10,    /* a radio that is switched off (rfkill) */
};

/* file.c */
/* All of a file (at most `limit` bytes); `*content` is freed by cs_free. */
int cs_read_file(const uint8_t *path, size_t path_count, size_t limit, uint8_t **content,
                 size_t *count);
/* All that a descriptor yields until its end. */
int cs_read_all(int fd, size_t limit, uint8_t **content, size_t *count);
/* Writes all bytes, however often it takes. */
int cs_write_all(int fd, const uint8_t *bytes, size_t count);
/* Whether up to 4096 bytes can be written without waiting for a reader. */
bool cs_is_writable(int fd);
/* A file of its own to be read and rewritten; made if it is missing. CS_INVALID: no plain file. */
int cs_state_open(const uint8_t *path, size_t path_count);
/* Replaces all that an open file holds. */
int cs_rewrite(int fd, const uint8_t *bytes, size_t count);
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

/* address.c */
enum { CS_FAMILY_NONE = 0, CS_FAMILY_ETHERNET = 2, CS_FAMILY_IPV4 = 4, CS_FAMILY_IPV6 = 6 };

/* An address and port in the order in which it is spoken: first byte first. In front of the rest so
 * that it is copied and compared by words. Of a card, `scope` is the number of the device; `port`,
 * of what was received, is whom it was for: CS_FRAME_…. */
typedef struct {
  uint8_t bytes[16];
  uint32_t scope;
  uint16_t port;
  uint8_t family;
} cs_address;

/* udp.c: one thread only, all of them */
enum { CS_BATCH_MAX = 64, CS_TRAIN_MAX = 64 };

/* One datagram of a batch. Receiving: `bytes` and `count` say where and how much room; `count`
 * and `address` come back. `segment` is 0, or the length of the datagrams that were sent as one
 * train and lie in `bytes` one after the other (the last may be shorter). */
typedef struct {
  uint8_t *bytes;
  uint32_t count;
  uint32_t segment;
  cs_address address;
} cs_datagram;

/* A socket that does not block. `exclusive` refuses a port that anybody else has; without it the
 * port is shared with others that share it (beacons). */
int cs_udp_open(const cs_address *bind, bool exclusive);
/* Where it is bound really. */
int cs_udp_bound(int fd, cs_address *bound);
/* The options, each refused or not by itself; `dscp` is 0 to 63. */
int cs_udp_set_dscp(int fd, uint8_t family, uint8_t dscp);
int cs_udp_set_broadcast(int fd);
int cs_udp_set_buffers(int fd, int byte_count);
/* Lets the kernel hand over trains of datagrams (`segment`); the room must be 65536 then. */
int cs_udp_set_trains(int fd);
/* At most CS_BATCH_MAX; the number received, or an error. */
int cs_udp_receive(int fd, cs_datagram *datagrams, int count);
/* Sends to each its address. Neighbours of equal length to the same address leave as one train if
 * `trains`; where the kernel refuses, one by one. The number gone; what found no room is lost. */
int cs_udp_send(int fd, const cs_datagram *datagrams, int count, bool trains);
/* Sends one and waits for any answer: as many bytes of it as there is room for. CS_AGAIN after the
 * time. */
int cs_udp_ask(const cs_address *to, const uint8_t *bytes, size_t count, uint8_t *answer,
               size_t room, int milliseconds);

/* ethernet.c */
enum { CS_ETHER_TYPE = 0xfc00, CS_FRAME_TO_US = 0, CS_FRAME_TO_ALL = 1 };

/* A socket for frames of our type on all devices, through cs_udp_receive and cs_udp_send: what is
 * behind addresses and type, or, if `air`, all from radiotap on, on devices of 802.11 in monitor
 * mode. It receives nothing before cs_ethernet_start, and then only what its filter in the kernel
 * lets through. CS_PERMISSION: not without CAP_NET_RAW. */
int cs_ethernet_open(bool air);
int cs_ethernet_start(int fd, bool air);

/* interfaces.c */
typedef struct {
  uint8_t name[16]; /* ended by a zero */
  uint8_t card[6];
  bool ethernet; /* a device that carries Ethernet frames */
  bool loopback;
  bool port;    /* of a bridge or the like, which takes its frames */
  bool up;      /* switched on */
  bool running; /* frames can pass: there is a carrier */
  int index;
  uint32_t mtu;
} cs_device;

/* The devices of this machine that have a card's address, at most `room`, in the system's order.
 * `netlink` is of cs_netlink_open. */
int cs_devices(int netlink, cs_device *list, int room);
/* A descriptor that can be read when a device has come, gone or changed. */
int cs_devices_watch(void);
/* Reads all that is there. */
void cs_devices_drain(int fd);

typedef struct {
  uint8_t name[16]; /* ended by a zero */
  bool up, loopback;
  cs_address address;
  cs_address broadcast; /* family none if it has none */
} cs_interface;

/* The IP addresses of this machine's devices, at most `room`, in the system's order; devices
 * without an address of the family are left out. */
int cs_interfaces(uint8_t family, cs_interface *list, int room);
int cs_interface_index(const uint8_t *name); /* the number of a device */
/* Gives the device of that name this MTU (0: leaves it) and brings it up; nothing where that is so
 * already. */
int cs_interface_up(const uint8_t *name, uint32_t mtu);

/* radio.c: what the kernel is asked and says about 802.11 radios (linux/nl80211.h) */
enum { CS_RADIO_IBSS = 1, CS_RADIO_MONITOR = 6, CS_RADIO_MESH = 7 };
enum { CS_RADIO_NAME_MAX = 32, CS_RADIO_NETWORK_MAX = 32 };

/* A radio, and what it may do on one frequency. */
typedef struct {
  uint32_t frequency; /* MHz: the one it is about */
  uint32_t number;
  uint32_t modes;                  /* 1 << CS_RADIO_… for each that it knows */
  uint8_t name[CS_RADIO_NAME_MAX]; /* ended by a zero, phy0 */
  bool acknowledges;               /* in monitor mode, what is for its address */
  /* Of the frequency: */
  bool known, disabled;
  bool passive;    /* nobody may begin to send there */
  bool radar;      /* nor without looking for radars all the time */
  bool is_ht;      /* 802.11n is spoken there */
} cs_radio;

/* A network device of a radio. */
typedef struct {
  uint32_t radio, index, mode;
  uint8_t name[16]; /* ended by a zero */
  uint8_t card[6];
} cs_radio_device;

/* A neighbour of a device, as the kernel counts. What it does not say is 0. */
typedef struct {
  uint8_t card[6];
  int8_t signal;       /* dBm */
  uint32_t bit_rate;   /* 100 kbit/s: of what is sent there */
  uint32_t throughput; /* kbit/s: what the kernel expects to get there */
  uint32_t sent, retries, failed;
} cs_radio_station;

typedef enum {
  CS_RADIO_LIST,     /* all radios */
  CS_RADIO_DEVICES,  /* their devices */
  CS_RADIO_STATIONS, /* the neighbours of `device` */
  CS_RADIO_ADD,      /* makes a device on `radio` that goes when the socket is closed */
  CS_RADIO_TUNE,     /* sets `frequency` of a device in monitor mode */
  CS_RADIO_POWER,    /* sets `power` of `device` */
  CS_RADIO_JOIN,     /* joins `network` on `frequency`, or founds it */
  CS_RADIO_PART,     /* lets `device` know nothing of the neighbour `cell` any more; in a mesh */
} cs_radio_request;

typedef struct {
  uint32_t radio, device;
  uint32_t mode;
  uint32_t frequency; /* MHz */
  uint32_t rate;      /* 100 kbit/s, of what is for all; 0: the driver's */
  int32_t power;      /* 1/100 dBm */
  bool acknowledges, is_ht;
  uint8_t name[16]; /* ended by a zero; %d becomes a number */
  uint8_t cell[6];  /* the BSSID of an IBSS, or a neighbour */
  uint8_t network[CS_RADIO_NETWORK_MAX];
  uint8_t network_count;
} cs_radio_order;

/* The message for that request, with `family` for nl80211; its length, or CS_TOO_BIG. */
int cs_radio_write(cs_radio_request request, uint16_t family, const cs_radio_order *order,
                   uint8_t *bytes, size_t room);
/* What a message says: false, and nothing done, if it is about something else. A radio is told of
 * in many messages; `*radio` gathers what those with its number say. `bytes` begins at a multiple
 * of four. */
bool cs_radio_read_radio(const uint8_t *bytes, size_t count, cs_radio *radio);
bool cs_radio_read_device(const uint8_t *bytes, size_t count, cs_radio_device *device);
bool cs_radio_read_station(const uint8_t *bytes, size_t count, cs_radio_station *station);

/* A socket to ask through, and in `*family` nl80211's number; CS_MISSING: no radio's driver is
 * there. */
int cs_radio_open(uint16_t *family);
/* The radio of that name, or that of the device of that name; `radio->frequency` is given. */
int cs_radio_find(int fd, uint16_t family, const uint8_t *name, cs_radio *radio);
/* The devices of a radio, at most `room`. */
int cs_radio_devices(int fd, uint16_t family, uint32_t radio, cs_radio_device *list, int room);
int cs_radio_stations(int fd, uint16_t family, uint32_t device, cs_radio_station *list, int room);
/* CS_RADIO_ADD: `*made` is what was made. */
int cs_radio_add(int fd, uint16_t family, const cs_radio_order *order, cs_radio_device *made);
/* One of the requests that follow it. */
int cs_radio_do(int fd, uint16_t family, cs_radio_request request, const cs_radio_order *order);

/* loop.c: level-triggered */
int cs_loop_open(void);
int cs_loop_add(int loop, int fd, uint32_t token);
int cs_loop_remove(int loop, int fd);
/* Waits until a descriptor can be read or the time is over (negative: never); fills the tokens of
 * those that can. 0 after the time. */
int cs_loop_wait(int loop, uint32_t *tokens, int room, int milliseconds);
/* A descriptor that can be read when TERM, INT or HUP arrives; PIPE is ignored from now on. */
int cs_signals_open(void);
enum { CS_SIGNAL_END = 1, CS_SIGNAL_HANGUP = 2 };
/* Takes one signal from it: one of these, or 0. */
int cs_signals_take(int fd);

/* tun.c */
/* /dev/net/tun: a descriptor that does not block. CS_MISSING: the kernel has none. */
int cs_tun_open(void);
/* Makes it the device `name` (16 bytes, ended by a zero; empty: the system chooses and tells). */
int cs_tun_attach(int fd, uint8_t *name);
/* One packet: its length, or an error. */
int cs_tun_read(int fd, uint8_t *bytes, size_t room);
int cs_tun_write(int fd, const uint8_t *bytes, size_t count);

/* netlink.c: what is there already is no error. */
int cs_netlink_open(void); /* a descriptor */
int cs_netlink_address(int netlink, int index, const cs_address *address, uint8_t prefix);
int cs_netlink_route(int netlink, int index, const cs_address *to, uint8_t prefix);
/* True if IPv6 is switched off, in the kernel or for the device. */
bool cs_ipv6_disabled(const uint8_t *name);

/* privilege.c */
typedef struct {
  uint32_t user, group;
  uint8_t name[32]; /* ended by a zero; longer ones are cut */
} cs_user;

/* Who we are. */
cs_user cs_user_current(void);

/* Reads /etc/passwd (before chroot). */
int cs_user_find(const uint8_t *name, size_t count, cs_user *user);
/* The first line of `passwd` with that name or number; CS_MISSING. For cs_user_find, and tests. */
int cs_user_parse(const uint8_t *passwd, size_t passwd_count, const uint8_t *name, size_t count,
                  cs_user *user);
int cs_set_user(cs_user user, bool keep_network_administration);
int cs_chroot(const uint8_t *path, size_t count);
int cs_no_files(void);
/* True after that. */
bool cs_files_forbidden(void);
int cs_no_forks(void);
int cs_no_new_privileges(void);
/* Memory in use, bytes; 0 if unknown. */
uint64_t cs_resident_bytes(void);
uint32_t cs_process_id(void);

/* log.c */
/* Connects to the system's log now, to work after chroot; `level`: 0 debug … 4 critical. */
void cs_syslog_open(void);
void cs_syslog(int level, const uint8_t *text, size_t count);

/* service.c: what a service manager (systemd) wants to hear; all of it nothing without one */
/* Connects to the manager that the environment names now, to work after chroot too. */
void cs_service_open(void);
/* So often it wants a sign of life from this process; 0: it wants none. */
uint32_t cs_service_watchdog_milliseconds(void);
/* Tells it a line, such as READY=1. */
void cs_service_tell(const uint8_t *text, size_t count);

/* daemon.c */
bool cs_is_terminal(int fd);
/* True if the descriptor is a file that holds something already. */
bool cs_is_filled_file(int fd);
/* Goes on in a child of its own session, which returns a descriptor to report to. The parent waits
 * and never returns: it exits with what cs_daemon_ready reports, or 1 if the child ends first. */
int cs_daemon_start(void);
/* Lets the parent exit 0. */
void cs_daemon_ready(int report);
/* Standard input becomes /dev/null, and so does output if it is closed; it can later (in a chroot
 * too). */
void cs_output_prepare(void);
/* Lets go of the terminal or the pipe that the caller reads. */
void cs_output_close(bool keep_standard_output);
