import ctypes
import threading


def wait_for_song(event):
    event.wait()


def peek(address):
    return ctypes.string_at(address)


threading.Thread(target=wait_for_song, args=(threading.Event(),), daemon=True).start()
peek(16)
