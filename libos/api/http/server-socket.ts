/**
 * What a server's connection hears of its socket. The listeners are the same functions for all
 * connections: closures of its own would take each connection a kilobyte in an image.
 */
import type { HttpSocket } from "./needs.ts";

export interface ServerSocket extends HttpSocket {
  _serverConnection?: SocketOwner | undefined;
}

/** The connection, as its socket's listeners call it. */
export interface SocketOwner {
  _ended(): void;
  _closed(): void;
  _drained(): void;
  _failed(error: Error): void;
  _timedOut(): void;
}

/** From now on `owner` is told of all events but 'data'. */
export function hearSocket(socket: ServerSocket, owner: SocketOwner): void {
  socket._serverConnection = owner;
  socket.on("end", onEnd);
  socket.on("close", onClose);
  socket.on("drain", onDrain);
  socket.on("error", onError);
  socket.on("timeout", onTimeout);
}

/** Ends what `hearSocket` began. */
export function leaveSocket(socket: ServerSocket): void {
  socket.removeListener("end", onEnd);
  socket.removeListener("close", onClose);
  socket.removeListener("drain", onDrain);
  socket.removeListener("error", onError);
  socket.removeListener("timeout", onTimeout);
  socket._serverConnection = undefined;
}

/** Errors are the application's, and nobody's where it does not listen. */
export function leaveErrors(socket: ServerSocket): void {
  socket.removeListener("error", onError);
  if (socket.listenerCount("error") === 0) socket.on("error", ignore);
}

function onEnd(this: ServerSocket): void {
  this._serverConnection?._ended();
}

function onClose(this: ServerSocket): void {
  this._serverConnection?._closed();
}

function onDrain(this: ServerSocket): void {
  this._serverConnection?._drained();
}

function onError(this: ServerSocket, error: Error): void {
  this._serverConnection?._failed(error);
}

function onTimeout(this: ServerSocket): void {
  this._serverConnection?._timedOut();
}

function ignore(): void {}
