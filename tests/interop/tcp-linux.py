"""Linux's TCP as a peer: a TAP in a network namespace of its own, its frames over stdin and stdout.

Frames are led by their length as u32, big-endian. Servers at 10.0.0.2: 9000 echoes, 9001 counts and
answers "bytes sum", 9002 sends 4 MiB, 9003 resets. With the argument "client" it also connects to
10.0.0.1:7 and 8. What it sees it says in lines of JSON on stderr.
"""

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time

TUNSETIFF = 0x400454CA
IFF_TAP = 2
IFF_NO_PI = 0x1000
SOURCE_BYTES = 4 << 20

tap = os.open("/dev/net/tun", os.O_RDWR)
fcntl.ioctl(tap, TUNSETIFF, struct.pack("16sH22s", b"tap0", IFF_TAP | IFF_NO_PI, b""))
subprocess.check_call(
    "ip link set lo up && ip addr add 10.0.0.2/24 dev tap0 && ip link set tap0 up", shell=True
)


def say(**values):
    sys.stderr.write(json.dumps(values) + "\n")
    sys.stderr.flush()


def frames_out():
    while True:
        frame = os.read(tap, 65536)
        sys.stdout.buffer.write(struct.pack(">I", len(frame)) + frame)
        sys.stdout.buffer.flush()


def frames_in():
    while True:
        head = sys.stdin.buffer.read(4)
        if len(head) < 4:
            os._exit(0)
        os.write(tap, sys.stdin.buffer.read(struct.unpack(">I", head)[0]))


def echo(peer):
    while data := peer.recv(65536):
        peer.sendall(data)
    peer.close()


def count(peer):
    received = total = 0
    while data := peer.recv(65536):
        received += len(data)
        total = (total + sum(data)) & 0xFFFFFFFF
    peer.sendall(b"%d %d" % (received, total))
    peer.close()


def source(peer):
    peer.sendall(bytes(range(256)) * (SOURCE_BYTES // 256))
    peer.shutdown(socket.SHUT_WR)
    peer.recv(1)
    peer.close()


def reset(peer):
    peer.recv(1)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


def serve(port, handle):
    server = socket.create_server(("0.0.0.0", port))

    def accept():
        while True:
            peer, _ = server.accept()
            threading.Thread(target=handle, args=(peer,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()


def client():
    # The other side begins to listen when it has read "ready".
    time.sleep(0.3)
    data = os.urandom(1_000_000)
    peer = socket.create_connection(("10.0.0.1", 7), timeout=30)

    def send():
        peer.sendall(data)
        peer.shutdown(socket.SHUT_WR)

    threading.Thread(target=send).start()
    got = bytearray()
    while part := peer.recv(65536):
        got += part
    say(event="echoed", same=bytes(got) == data)
    try:
        socket.create_connection(("10.0.0.1", 8), timeout=30)
    except OSError as error:
        say(event="refused", name=type(error).__name__)


threading.Thread(target=frames_out, daemon=True).start()
threading.Thread(target=frames_in, daemon=True).start()
for port, handle in ((9000, echo), (9001, count), (9002, source), (9003, reset)):
    serve(port, handle)
say(event="ready")
if "client" in sys.argv:
    client()
threading.Event().wait()
