import Admin
import Bytes
import Cryptography
import Drivers
import Node
import Peering
import Routing
import Settings
import Wire

/// From the text of a configuration to a running node. What goes wrong before anything is opened,
/// and what a node cannot be without, ends the process with a message; the rest is a warning.
enum Startup {
  /// The configuration in the file at `path`.
  static func file(_ path: [UInt8]) -> [UInt8] {
    do throws(SystemError) {
      return try Process.readFile(path, limit: ConfigurationDocument.byteCountMax)
    } catch {
      Cjdroute.fail(.system, Text.make("cannot read '", path, "': ", error.text))
    }
  }

  /// A node from its start to its end.
  static func run(_ text: [UInt8], _ foreground: Bool) -> Never {
    start(text, foreground).run()
    Process.exit(ExitStatus.success.rawValue)
  }

  private static func start(_ text: [UInt8], _ foreground: Bool) -> Daemon {
    var notes: [ConfigurationNote] = []
    let configuration = read(text, &notes, else: .configuration)
    let user = findUser(configuration.security)
    refuseSecondNode(configuration.adminBind)
    Process.prepareOutput()
    ServiceManager.open()
    let background = goToBackground(unless: foreground || configuration.noBackground)

    let daemon = makeDaemon(configuration)
    for note in notes {
      var line = ByteWriter()
      line.append("cjdroute.conf: ")
      note.appendText(to: &line)
      daemon.say(.warn, line.bytes)
    }
    daemon.server.settings = configuration.lastingSettings
    daemon.addUsers(configuration.users)
    for interface in configuration.udp { daemon.open(interface) }
    daemon.openEthernet(configuration.ethernet)
    daemon.openRadios(configuration.wifi)
    if let path = configuration.stateFile { daemon.openState(path) }
    if case .tun(let name) = configuration.packetInterface { daemon.openTun(name ?? []) }
    guard daemon.answersItself() else {
      if daemon.isEnding { Process.exit(ExitStatus.success.rawValue) }
      Cjdroute.fail(
        .system,
        Text.make(
          "no answer from its own admin address ", daemon.admin.bound,
          ": is the loopback device (lo) down, or filtered by a firewall?"))
    }
    daemon.giveUpPrivileges(configuration.security, user)
    var line = ByteWriter()
    line.append("the node ")
    daemon.loop.node.address.appendText(to: &line)
    line.append(" runs, admin address ")
    daemon.admin.bound.appendText(to: &line)
    daemon.say(.info, line.bytes)
    daemon.log.started()
    if let background {
      Process.closeOutput(except: daemon.log.keepsOutput)
      background.ready()
    }
    ServiceManager.tell(.ready)
    if configuration.security.noFiles { daemon.forbidFiles() }
    return daemon
  }

  /// Ends with `status` if the text is no configuration.
  static func read(
    _ text: [UInt8], _ notes: inout [ConfigurationNote], else status: ExitStatus
  ) -> Configuration {
    do throws(ConfigurationError) {
      return try Configuration.read(text.span, notes: &notes)
    } catch {
      Cjdroute.complain(error)
      Process.exit(status.rawValue)
    }
  }

  /// Looked up before the root folder changes; nil: stay who we are.
  private static func findUser(_ security: SecurityConfiguration) -> Privileges.User? {
    guard let name = security.user else { return nil }
    do throws(SystemError) {
      return try Privileges.user(named: name)
    } catch {
      guard security.isDefaultUser else {
        Cjdroute.fail(
          .system,
          Text.make(
            "security.setuser: there is no user '", name,
            "' on this machine; name another one, or 0 to stay who you are"))
      }
      return nil
    }
  }

  private static func refuseSecondNode(_ bind: LinkAddress) {
    let address = bind.isUnspecified ? bind.loopback : bind
    guard bind.port != 0,
      UDPSocket.isAnswering(address, asked: "d1:q4:pinge", milliseconds: 100)
    else { return }
    Cjdroute.fail(
      .alreadyRunning,
      Text.make(
        "Startup failed: cjdroute is already running. A node answers on ", address,
        "; stop it (killall cjdroute), or give this one another port in admin.bind"))
  }

  private static func goToBackground(unless foreground: Bool) -> Process.Background? {
    if foreground { return nil }
    do throws(SystemError) {
      return try Process.goToBackground()
    } catch {
      Cjdroute.fail(.system, "cannot go to the background; try --nobg")
    }
  }

  private static func makeDaemon(_ configuration: Configuration) -> Daemon {
    let entropy = SystemEntropy()
    let log = Log(configuration.log)
    let server = AdminServer(
      password: configuration.adminPassword ?? randomPassword(entropy),
      logsToStdout: log.keepsOutput)
    do throws(SystemError) {
      var options = NodeOptions()
      // Machines of 64 bits have the memory for a town of a thousand nodes.
      if MemoryLayout<Int>.size == 8 { options.router.nodeCountMax = 1024 }
      if let size = configuration.tableSize { options.router.nodeCountMax = size }
      let loop = try EventLoop(
        identity: configuration.identity, options: options, entropy: entropy)
      let admin = openAdmin(configuration.adminBind)
      loop.watch(admin)
      return Daemon(loop: loop, server: server, admin: admin, entropy: entropy, log: log)
    } catch {
      Cjdroute.fail(.system, Text.make("cannot wait for events: ", [], error.text))
    }
  }

  private static func openAdmin(_ bind: LinkAddress) -> AdminSocket {
    do throws(SystemError) {
      return try AdminSocket(bind: bind)
    } catch {
      var why = error.text
      if error == .inUse {
        why = "another program has this port; change admin.bind in cjdroute.conf"
      } else if error == .missing {
        why = "this machine does not have that address; change admin.bind"
      }
      Cjdroute.fail(.system, Text.make("admin address ", bind, ": ", why))
    }
  }

  /// Nobody knows it: without `admin.password` only what needs none can be asked.
  private static func randomPassword(_ entropy: SystemEntropy) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 32)
    var span = bytes.mutableSpan
    entropy.fillSecret(&span)
    for i in bytes.indices { bytes[i] = Hex.digit(bytes[i] & 15) }
    return bytes
  }
}
