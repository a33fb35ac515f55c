"""Real desktops for the tray's tests: displays, programs of the guest, what a screenshot shows."""

import os
import subprocess

from PIL import Image, ImageChops  # noqa: F401

from bed import *  # noqa: F403

PROGRAMS = os.path.join(os.path.dirname(os.path.realpath(__file__)), "programs")
ORANGE = (255, 165, 0)


class Desktop(Pair):
    """A guest with a display of its own; which desktop the host has is the subclass's matter."""

    def __init__(self):
        self.guest_display = None
        Pair.__init__(self, panel=False, daemon=False)
        self.guest_display = self.display()

    def notifications_wait(self):
        """The host's service is there, and the guest knows what it can do."""
        self.ready()
        service = self.guest.get_object(NOTIFICATIONS, "/org/freedesktop/Notifications", introspect=False)
        wait_for(lambda: "actions" in service.GetCapabilities(dbus_interface=NOTIFICATIONS), "actions of notifications")

    def display(self):
        """A new X server; returns its name."""
        read, write = os.pipe()
        self.processes.append(subprocess.Popen(
            ["Xvfb", "-displayfd", str(write), "-screen", "0", "640x480x24", "-nolisten", "tcp"], pass_fds=[write],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log))
        os.close(write)
        with os.fdopen(read) as pipe:
            return ":" + pipe.readline().strip()

    def program(self, name, *arguments):
        """A program of the guest; its output comes to a file of its own, which said() reads."""
        output = open("%s/%s.out" % (self.folder, os.path.basename(name)), "w")
        environment = dict(self.environment, DISPLAY=self.guest_display, DBUS_SESSION_BUS_ADDRESS=self.guest_address)
        process = subprocess.Popen([name, *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=output,
                                   stderr=self.log)
        self.processes.append(process)
        output.close()
        return process

    def said(self, name):
        with open("%s/%s.out" % (self.folder, os.path.basename(name))) as file:
            return file.read().splitlines()

    def wait_said(self, name, line):
        wait_for(lambda: line in self.said(name), "%s to say: %s" % (name, line))

    def screenshot(self):
        path = self.folder + "/screen.png"
        self.shoot(path)
        return Image.open(path).convert("RGB")

    def icon_find(self, inner, what):
        """Where a square with an orange border and this colour within is on the screen: its middle."""
        return wait_for(lambda: find_marked(self.screenshot(), inner), what)


def near(pixel, colour):
    return all(abs(a - b) < 12 for a, b in zip(pixel, colour))


def find_marked(image, inner, outer=ORANGE):
    """The middle of a square that is inner within outer all around; None: there is none."""
    pixels = image.load()
    width, height = image.size
    for y in range(height):
        for x in range(width):
            if not near(pixels[x, y], outer):
                continue
            right, bottom = x, y
            while right + 1 < width and near(pixels[right + 1, y], outer):
                right += 1
            while bottom + 1 < height and near(pixels[x, bottom + 1], outer):
                bottom += 1
            side = right - x + 1
            if side < 14 or abs(bottom - y + 1 - side) > 2:
                continue
            border = 2 if side < 20 else (side + 5) // 10
            edges = [(right, bottom), (x, bottom), (right, y), (x + side // 2, bottom), (right, y + side // 2)]
            inside = [(x + border + 1, y + border + 1), (right - border - 1, bottom - border - 1),
                      (x + side // 2, y + side // 2)]
            if all(near(pixels[at], outer) for at in edges) and all(near(pixels[at], inner) for at in inside):
                return x + side // 2, y + side // 2
    return None


def changed(one, other):
    """How many pixels differ."""
    return ImageChops.difference(one, other).convert("L").point(lambda value: 1 if value else 0).histogram()[1]
