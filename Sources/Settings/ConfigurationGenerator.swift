import Bytes
import Cryptography

/// Writes new configurations (`--genconf`, cjdroute.md section 4): strict syntax, with comments for
/// whoever opens the file.
public enum ConfigurationGenerator {
  /// A configuration with a new key, new passwords and a random port; `ethernet` makes the section
  /// for links over Ethernet an active one.
  public static func generate(ethernet: Bool, entropy: Entropy) -> [UInt8] {
    let passwords = (0..<4).map { _ in Password.generate(entropy) }
    let port = port(entropy)
    let identity = Identity.generate(entropy)
    var text = ByteWriter()
    appendIdentity(identity, to: &text)
    appendUsers(passwords, port, identity, to: &text)
    text.append(adminText)
    appendInterfaces(port, ethernet: ethernet, to: &text)
    text.append(routerText)
    text.append(securityText)
    return text.bytes
  }

  /// The same configuration for the same `seed`, which has exactly 64 bytes.
  public static func generate(ethernet: Bool, seed: Span<UInt8>) -> [UInt8] {
    generate(ethernet: ethernet, entropy: SeedEntropy(seed: seed))
  }

  private static func port(_ entropy: Entropy) -> UInt16 {
    while true {
      var bits = FixedBytes<2>()
      var span = bits.mutableSpan
      entropy.fillSecret(&span)
      let port = bits.span.load16(bigEndianAt: 0)
      if port > 1024 { return port }
    }
  }

  private static func appendIdentity(_ identity: Identity, to text: inout ByteWriter) {
    text.append(
      """
      {
        // Whoever has this key is you: keep the file readable for you alone (chmod 400), and never
        // give the key away. It never changes, and the two lines below it follow from it.
        "privateKey": "
      """)
    text.append(hex: identity.privateKey)
    text.append("\",\n  \"publicKey\": \"")
    identity.publicKey.appendText(to: &text)
    text.append("\",\n  \"ipv6\": \"")
    identity.publicKey.address.appendText(to: &text)
    text.append("\",\n")
  }

  private static func appendUsers(
    _ passwords: [[UInt8]], _ port: UInt16, _ identity: Identity, to text: inout ByteWriter
  ) {
    text.append(
      """

        // Who may connect to you. Give everybody a password of their own, so that you can tell them
        // apart and take one back. Use long random ones: ./cjdroute mkpasswd makes them.
        "authorizedPasswords": [
          { "password": "
      """)
    text.append(passwords[0])
    text.append(
      "\", \"user\": \"default-login\" }\n\n    // More of them; put a comma between two.\n")
    for (password, ordinal) in zip(passwords.dropFirst(), ordinals) {
      text.append("    // { \"password\": \"")
      text.append(password)
      text.append("\", \"user\": \"my-")
      text.append(ordinal)
      text.append("-peer\" }\n")
    }
    text.append(
      """

          // Your credentials. Send these lines to the person who is to connect to you, with your
          // own IPv4 address in place of the first words, for the "connectTo" over there.
          /*
          "your.external.ip.goes.here:
      """)
    text.append(decimal: UInt64(port))
    text.append("\": {\n      \"login\": \"default-login\",\n      \"password\": \"")
    text.append(passwords[0])
    text.append("\",\n      \"publicKey\": \"")
    identity.publicKey.appendText(to: &text)
    text.append("\",\n      \"peerName\": \"your-name-goes-here\"\n    }\n    */\n  ],\n")
  }

  private static var ordinals: [StaticString] { ["second", "third", "fourth"] }

  private static var adminText: StaticString {
    """

      // How programs on this machine ask and control the node. With the password NONE anybody who
      // reaches the address can: set another one before you bind anything but 127.0.0.1.
      "admin": {
        "bind": "127.0.0.1:11234",
        "password": "NONE"
      },

    """
  }

  private static func appendInterfaces(
    _ port: UInt16, ethernet: Bool, to text: inout ByteWriter
  ) {
    text.append("\n  // The links to other nodes.\n  \"interfaces\": {\n    \"UDPInterface\": [\n")
    text.append("      {\n        // UDP over IPv4.\n        \"bind\": \"0.0.0.0:")
    text.append(decimal: UInt64(port))
    text.append(
      """
      ",

              // The traffic class of what is sent, 0 to 63.
              // "dscp": 46,

              // Find nodes on the local network: 2 be found and connect, 1 only connect, 0 neither.
              "beacon": 2,
              // On which devices, or "all"; broadcast addresses are allowed, too.
              "beaconDevices": [ "all" ],
              // All nodes of a network have to use the same.
              "beaconPort": 64512,

              // Nodes to connect to (IPv4)
              "connectTo": {
                // Add the credentials that you were given here, with a comma between two nodes.
                // Addresses only, names are not looked up. It looks like this:
                // "192.0.2.1:12345": {
                //   "login": "default-login",
                //   "password": "theirs",
                //   "publicKey": "theirs.k",
                //   "peerName": "somebody"
                // }
              }
            },
            {
              // UDP over IPv6.
              "bind": "[::]:
      """)
    text.append(decimal: UInt64(port))
    text.append(
      """
      ",
              // "dscp": 46,

              // Nodes to connect to (IPv6)
              "connectTo": {
                // The same, with keys such as "[2001:db8::1]:12345".
              }
            }
          ],

          // Links over Ethernet, without IP below them. Take away "_disabled_" to use them.
          "
      """)
    text.append(ethernet ? "" : "_disabled_")
    text.append(
      """
      ETHInterface": [
            {
              // A device, or "all".
              "bind": "all",
              // As above.
              "beacon": 2,
              // Connect by beacons to nodes with the same name here alone; it is no secret.
              // "network": "ours",

              // Nodes to connect to; keys such as "01:02:03:04:05:06". Needs a "bind" other
              // than "all".
              "connectTo": {
              }
            }
          ]
        },

      """)
  }

  private static var routerText: StaticString {
    """

      "router": {
        // Where your own packets come in and go out. Without it the node only forwards for others.
        "interface": {
          "type": "TUNInterface"

          // The name of the device; put a comma after the line above. One that you made for a
          // user (ip tuntap add mode tun user cjdns dev cjdroute0) lets that user start the node.
          // "tunDevice": "tun0"
        },

        // Nodes that compute routes for you: not supported yet, this node finds its own.
        "supernodes": [
          // "publickey.k"
        ],

        // Carries other IPv4 and IPv6 traffic between nodes: not supported yet.
        "ipTunnel": {
          // Who may use it through you, and which addresses you give them.
          "allowedConnections": [
            // { "publicKey": "theirs.k", "ip4Address": "192.168.1.24", "ip4Prefix": 0 }
          ],
          // Through whom you use it.
          "outgoingConnections": [
            // "theirs.k"
          ]
        }
      },

    """
  }

  private static var securityText: StaticString {
    """

      // What the node gives up once it has opened everything it needs.
      "security": [
        // Become this user, but keep the right to configure the network. 0: stay who you are.
        { "setuser": "nobody", "keepNetAdmin": 1 },
        // See nothing but this directory. 0: see everything.
        { "chroot": "/var/run/" },
        // Open no more files: 1 also forbids new links while the node runs.
        { "nofiles": 0 },
        // Start no other programs.
        { "noforks": 1 }
      ],

      "logging": {
        // "stdout" or "syslog". Without it, lines go to whoever asks for them as admin.
        // "logTo": "stdout"
      },

      // 1: do not go into the background.
      "noBackground": 0,

      // 2: commas and colons must be right. Older files, without it, are read more leniently.
      "version": 2
    }

    """
  }
}
