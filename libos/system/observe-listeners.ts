import type { Tcp, TcpListenOptions, TcpListener } from "../../components/tcp/mod.ts";
import type { Udp, UdpBindOptions, UdpSocket } from "../../components/udp/mod.ts";
import type { CoreContext } from "../api/shared/context.ts";

/** Told of a port that the application itself chose to listen on, and of its end. */
export type PortListener = (protocol: "tcp" | "udp", port: number, isOpen: boolean) => void;

/** Ephemeral ports (RFC 6056) are for clients; nobody publishes them. */
const FIRST_EPHEMERAL_PORT = 32_768;

function watch<Closable extends { close(): void }>(
  opened: Closable,
  onListen: PortListener,
  protocol: "tcp" | "udp",
  port: number,
): Closable {
  onListen(protocol, port, true);
  const close = opened.close.bind(opened);
  opened.close = (): void => {
    onListen(protocol, port, false);
    close();
  };
  return opened;
}

/** @returns TCP for the application's API, which tells `onListen` of each server's port. */
export function observeTcp(tcp: Tcp, onListen: PortListener | undefined): Tcp {
  if (onListen === undefined) return tcp;
  return {
    connect: (options) => tcp.connect(options),
    listen: (options: TcpListenOptions): TcpListener | ReturnType<Tcp["listen"]> => {
      const listener = tcp.listen(options);
      return typeof listener === "string"
        ? listener
        : watch(listener, onListen, "tcp", listener.port);
    },
    setForwarder: (forward) => tcp.setForwarder(forward),
    get connections(): Tcp["connections"] {
      return tcp.connections;
    },
    get listeners(): Tcp["listeners"] {
      return tcp.listeners;
    },
    get connectionCount(): number {
      return tcp.connectionCount;
    },
    counters: tcp.counters,
    stop: () => tcp.stop(),
  };
}

/** @returns UDP for the application's API, which tells `onListen` of each server's port. */
export function observeUdp(udp: Udp, onListen: PortListener | undefined): Udp {
  if (onListen === undefined) return udp;
  return {
    bind: (options: UdpBindOptions): UdpSocket | ReturnType<Udp["bind"]> => {
      const socket = udp.bind(options);
      const isServer = options.port > 0 && options.port < FIRST_EPHEMERAL_PORT;
      return typeof socket === "string" || !isServer
        ? socket
        : watch(socket, onListen, "udp", options.port);
    },
    setForwarder: (forwarder) => udp.setForwarder(forwarder),
    sendFrom: (...values) => udp.sendFrom(...values),
    get sockets(): Udp["sockets"] {
      return udp.sockets;
    },
    counters: udp.counters,
    stop: () => udp.stop(),
  };
}

/**
 * For who listens on TCP and UDP themselves, without `net` and `dgram`: each open port keeps the
 * system busy, as an open server does.
 */
export function holdWhileOpen(
  context: CoreContext,
  onListen: PortListener | undefined,
): PortListener {
  return (protocol, port, isOpen) => {
    if (isOpen) context.hold?.();
    else context.release?.();
    onListen?.(protocol, port, isOpen);
  };
}
