"""The windows stream's two ends, played: Guest speaks to the real vmsilo-windows-view, Host to the real vmsilo-guest-windows. Both
are honest by themselves; what a test sends by them need not be."""

import os
import select
import socket
import sys
import time

from words import heard, say

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/hostile")
from peer import HELLO, Ended, Stream, connect, hello, listen  # noqa: E402

PATIENCE_S = int(os.environ.get("VMSILO_TEST_PATIENCE", "90"))
PIECE = 256 << 10  # bytes of one PIXELS


class Peer:
    """A stream whose frames are noted as they come. said: all of them, as (name, message)."""

    def __init__(self, sock):
        self.stream = Stream(sock)
        self.said = []
        self.counts = {}
        self.bytes = 0
        self.over = False

    def send(self, name, payload=None, **fields):
        self.stream.send(say(name, payload, **fields))

    def send_raw(self, data):
        self.stream.send(data)

    def note(self, name, message):
        """For who follows what is said."""

    def has_more(self, seconds):
        return bool(self.stream.buffer) or bool(select.select([self.stream.sock], [], [], seconds)[0])

    def read_one(self):
        try:
            kind, _, payload = self.stream.read()
        except Ended:
            self.over = True
            return
        name, message = heard(kind, payload)
        self.bytes += 8 + len(payload)
        self.counts[name] = self.counts.get(name, 0) + 1
        if name != "PIXELS":
            self.said.append((name, message))
        self.note(name, message)

    def turn(self, seconds=0.0):
        """Reads what is there, and waits at most so long for it."""
        end = time.monotonic() + seconds
        while not self.over and self.has_more(max(0, end - time.monotonic())):
            self.read_one()
            if time.monotonic() >= end and not self.stream.buffer:
                break

    def wait(self, condition, what, seconds=PATIENCE_S):
        """Reads until condition() gives something true, which it returns."""
        end = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if self.over or time.monotonic() > end:
                raise AssertionError("%s: %s; the last that was said: %s" % (
                    "the stream ended" if self.over else "not within %d s" % seconds, what, self.said[-6:]))
            self.turn(0.02)

    def all(self, name, window=None):
        return [message for said, message in self.said if said == name and (window is None or message.window == window)]

    def last(self, name, window=None):
        found = self.all(name, window)
        return found[-1] if found else None

    def after(self, name, window, action=None):
        """The message of this name and window that comes next (after the action)."""
        count = len(self.all(name, window))
        if action:
            action()
        self.wait(lambda: len(self.all(name, window)) > count, "%s of %s" % (name, window))
        return self.all(name, window)[count]

    def closed(self, seconds=PATIENCE_S):
        """Whether the other end closes the stream within that time."""
        end = time.monotonic() + seconds
        while not self.over and time.monotonic() < end:
            self.turn(0.05)
        return self.over

    def close(self):
        self.stream.close()


class Guest(Peer):
    """Listens at a path; accept() takes the view's connection and answers its HELLO."""

    def __init__(self, path):
        self.path = path
        self.door = listen(path)
        self.door.settimeout(PATIENCE_S)
        os.chmod(path, 0o777)
        self.next = 1

    def accept(self, answer=True):
        sock, _ = self.door.accept()
        Peer.__init__(self, sock)
        self.waiting = {}
        self.next = 1
        self.colours = {}
        self.ended = set()
        kind, _, self.offer = self.stream.read()
        if kind != HELLO:
            raise AssertionError("the view began with %d" % kind)
        if answer:
            self.send_raw(hello(1, 1))
            self.wait(lambda: self.said, "SETTINGS")
            if self.said[0][0] != "SETTINGS":
                raise AssertionError("the view began with %s" % self.said[0][0])
        return self

    def note(self, name, message):
        if name == "FRAME_DONE":
            self.waiting[message.window] = self.waiting.get(message.window, 0) - message.frames

    def number(self):
        self.next += 1
        return self.next - 1

    def toplevel(self, title="", colour=0xff00ff00, size=None, **fields):
        """A window that shows one colour, in the size that the host gives it, or the one that it likes."""
        window = self.number()
        self.send("TOPLEVEL", window=window, title=title, **fields)
        configure = self.after("CONFIGURE", window) if not self.last("CONFIGURE", window) else self.last("CONFIGURE", window)
        self.colours[window] = colour
        width, height = configure.width or (size or (300, 200))[0], configure.height or (size or (300, 200))[1]
        self.paint(window, width, height, colour, serial=configure.serial)
        return window

    def popup(self, parent, x, y, width, height, colour=0xff0000ff, size=(1, 1), **fields):
        window = self.number()
        fields = dict(dict(anchor=2 | 8, gravity=2 | 8, adjustment=63), **fields)
        self.send("POPUP", window=window, parent=parent, anchor_x=x, anchor_y=y, anchor_width=size[0], anchor_height=size[1],
                  width=width, height=height, **fields)
        self.wait(lambda: self.last("POPUP_PLACE", window) or self.last("POPUP_DONE", window), "the place of popup %d" % window)
        place = self.last("POPUP_PLACE", window)
        if place:
            self.paint(window, place.width, place.height, colour, serial=place.serial)
        return window

    def room(self, window):
        """Waits until it may have a frame more."""
        self.wait(lambda: self.waiting.get(window, 0) < 2, "FRAME_DONE of %d" % window)

    def serial(self, window):
        """The last that the host gave it: a frame's never falls."""
        told = self.last("CONFIGURE", window) or self.last("POPUP_PLACE", window)
        return told.serial if told else 1

    def frame(self, window, width, height, pieces, serial=None, opaque=True):
        """pieces: frames' bytes between FRAME and FRAME_END."""
        serial = serial or self.serial(window)
        self.room(window)
        self.waiting[window] = self.waiting.get(window, 0) + 1
        self.send_raw(say("FRAME", window=window, serial=serial, width=width, height=height, opaque=opaque) + b"".join(pieces) +
                      say("FRAME_END", window=window))

    def paint(self, window, width, height, colour, serial=None, **fields):
        self.frame(window, width, height, [say("FILL", x=0, y=0, width=width, height=height, colour=colour)], serial, **fields)

    def obey(self, window, colour=None):
        """Paints the window as its last CONFIGURE says."""
        configure = self.last("CONFIGURE", window)
        self.paint(window, configure.width, configure.height, colour or self.colours[window], serial=configure.serial)

    def gone(self, window):
        self.ended.add(window)
        self.send("GONE", window=window)

    def finish(self):
        if hasattr(self, "stream"):
            self.close()
        self.door.close()
        if os.path.exists(self.path):
            os.remove(self.path)


def rect(x, y, width, height, pixels):
    """RECT and its PIXELS, in as many as their bound wants: whole rows."""
    rows = max(1, PIECE // (width * 4))
    out = b""
    for row in range(0, height, rows):
        count = min(rows, height - row)
        out += say("RECT", x=x, y=y + row, width=width, height=count)
        out += say("PIXELS", pixels[row * width * 4:(row + count) * width * 4])
    return out


class Window:
    """A guest's window as a played host keeps it."""

    def __init__(self, popup):
        self.popup = popup
        self.size = None
        self.pixels = None
        self.frames = 0
        self.state = {}


class Host(Peer):
    """Connects to a guest's end, configures each window as it comes, keeps its picture, and says FRAME_DONE."""

    def __init__(self, path, outputs=((0, 0, 1280, 720, 120),), keymap=None, pixels=False, silent=False, **settings):
        """silent: says nothing by itself."""
        Peer.__init__(self, connect(path))
        self.silent = silent
        self.eager = False  # a new window has the keyboard
        self.windows = {}
        self.serial = 0
        self.rect = None
        self.keep = pixels
        self.scale = outputs[0][4]
        self.give = {}  # the size that a new window gets
        if silent:
            return
        self.send_raw(hello(1, 1))
        if self.stream.read()[0] != HELLO:
            raise AssertionError("no HELLO")
        self.send("SETTINGS", **dict(dict(
            windows=256, pixels=64 << 20, clipboard_bytes=1 << 20, drags=True, text_input=True,
            outputs=[dict(x=x, y=y, width=w, height=h, scale=s, refresh_mhz=60000) for x, y, w, h, s in outputs]), **settings))
        if keymap:
            self.send("KEYMAP", text=keymap)
        self.send("REPEAT", rate=25, delay_ms=600)

    def configure(self, window, width=0, height=0, **state):
        self.serial += 1
        self.send("CONFIGURE", window=window, serial=self.serial, width=width, height=height, scale=self.scale,
                  **dict(dict(activated=True), **state))
        return self.serial

    def note(self, name, message):
        handler = getattr(self, "on_" + name.lower(), None)
        if handler and not self.silent:
            handler(message)

    def on_toplevel(self, message):
        if message.window not in self.windows:
            self.windows[message.window] = Window(False)
            self.configure(message.window, **self.give)
        self.windows[message.window].state = message

    def on_popup(self, message):
        if message.window not in self.windows:
            self.windows[message.window] = Window(True)
        self.windows[message.window].state = message
        self.serial += 1
        self.send("POPUP_PLACE", window=message.window, serial=self.serial, x=message.anchor_x + message.offset_x,
                  y=message.anchor_y + message.anchor_height + message.offset_y, width=message.width, height=message.height, scale=self.scale)

    def on_gone(self, message):
        del self.windows[message.window]

    def on_frame(self, message):
        window = self.windows[message.window]
        if window.size != (message.width, message.height):
            window.size = message.width, message.height
            window.pixels = bytearray(message.width * message.height * 4) if self.keep else None
        self.building = window

    def on_rect(self, message):
        self.rect = message

    def rows(self, box):
        stride = self.building.size[0] * 4
        for row in range(box.height):
            at = (box.y + row) * stride + box.x * 4
            yield row, slice(at, at + box.width * 4)

    def on_pixels(self, payload):
        if len(payload) != self.rect.width * self.rect.height * 4:
            raise AssertionError("PIXELS of %d bytes for %s" % (len(payload), self.rect))
        if self.keep:
            for row, place in self.rows(self.rect):
                self.building.pixels[place] = payload[row * self.rect.width * 4:(row + 1) * self.rect.width * 4]

    def on_fill(self, message):
        if self.keep:
            line = message.colour.to_bytes(4, "little") * message.width
            for _, place in self.rows(message):
                self.building.pixels[place] = line

    def on_copy(self, message):
        if self.keep:
            places = [place for _, place in self.rows(message)]
            old = [bytes(self.building.pixels[place]) for place in places]
            for row, place in enumerate(places):
                if 0 <= row - message.dy < len(old):
                    self.building.pixels[place] = old[row - message.dy]

    def on_frame_end(self, message):
        self.windows[message.window].frames += 1
        if self.eager and self.windows[message.window].frames == 1 and not self.windows[message.window].popup:
            self.focus(message.window)
        self.send("FRAME_DONE", window=message.window, frames=1, refresh_us=16667)

    def on_shared_frame(self, message):
        window = self.windows[message.window]
        window.size = message.width, message.height
        window.frames += 1
        window.shared = message
        self.send("FRAME_DONE", window=message.window, frames=1, refresh_us=16667)

    def on_cursor(self, message):
        self.cursor = message

    def window(self, title):
        """The number of the toplevel whose title has this, once it has shown something."""
        return next((number for number, window in self.windows.items()
                     if not window.popup and title in window.state.title and window.frames), None)

    # The user, played.

    def focus(self, window):
        self.send("FOCUS", window=window)
        self.send("MODIFIERS", depressed=0, latched=0, locked=0, group=0)

    def key(self, code, pressed=None):
        for down in ([True, False] if pressed is None else [pressed]):
            self.send("KEY", time_ms=int(time.monotonic() * 1000) & 0xffffffff, key=code, pressed=down)

    def pointer(self, kind, window, **fields):
        from words import enums
        self.send("POINTER", kind=enums["POINTER_" + kind], window=window, time_ms=int(time.monotonic() * 1000) & 0xffffffff, **fields)

    def move(self, window, x, y, enter=False):
        self.pointer("ENTER" if enter else "MOTION", window, x=x * 256, y=y * 256)
        self.pointer("FRAME", window)

    def button(self, window, button=0x110, pressed=None):
        for down in ([True, False] if pressed is None else [pressed]):
            self.pointer("BUTTON", window, button=button, pressed=down)
            self.pointer("FRAME", window)
