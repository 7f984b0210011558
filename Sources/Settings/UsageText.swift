import Bytes

/// What a person reads who types the bare command.
public enum UsageText {
  /// Appends the text; `machine` is the kind of machine and system, such as `mips linux`.
  public static func append(to text: inout ByteWriter, machine: StaticString) {
    text.append("cjdroute, an encrypted IPv6 mesh (")
    text.append(machine)
    text.append(
      """
      )

      Usage: cjdroute [option] < cjdroute.conf
        --genconf [--eth]        print a new configuration; --eth: peer over Ethernet, too
        --genconf-seed [--eth]   the same, made of 64 bytes from standard input
        --cleanconf              print the configuration on standard input as plain JSON
        --reload                 apply the changed file to the node that runs
        --nobg [FILE]            stay in the foreground; FILE instead of standard input
        --version, -v            print the version
        --help, -h               print this

      To get on a network:
        1. Make a configuration:   ./cjdroute --genconf >> cjdroute.conf
        2. Find somebody who is on it. On a local network nodes find each other.
        3. Add them to cjdroute.conf under "Nodes to connect to".
        4. Start the node:         sudo ./cjdroute < cjdroute.conf
      The private key is in cjdroute.conf: let nobody else read it.

      Also: cjdroute publictoip6 KEY.k | privatetopublic | makekeys | randombytes | mkpasswd

      """)
  }
}
