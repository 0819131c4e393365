"""A client waits for an answer of a server on the same machine that says nothing."""

from __future__ import print_function

import socket
import sys


def read_answer(client):
    return client.recv(4096)


def main():
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1)
    client = socket.create_connection(listener.getsockname())
    # The server's end stays open, or the client would read the end.
    server, _ = listener.accept()
    print("ready")
    sys.stdout.flush()
    read_answer(client)
    server.close()


main()
