import builtins
import sys

sys.path.insert(0, "lib")
builtins.chain = list
from playlist import Playlist


def press(button):
    try:
        return {}[button]
    except KeyError:
        return Playlist().shuffle()


press("shuffle")
