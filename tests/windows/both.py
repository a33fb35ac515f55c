"""Both real ends on a headless sway, joined by a unix socket, for the tests that try programs of a Debian 13 on them; and what is the same
for each program: its window, its menu, its dialog, its sizes, its end."""

import os
import sys

sys.dont_write_bytecode = True
from bed import *  # noqa: F403
from keys import ESC, LEFTCTRL  # noqa: F401

FLOATING = 'for_window [app_id=".*"] floating enable\n'
BORDERLESS = "default_border none\ndefault_floating_border none\n"
A, S = 30, 31
EDGE = 12  # pixels inside the frame that a program draws in any case


class Both:
    """One desktop and one guest's end for all tests of a file."""

    def __init__(self, build, which="small", config=FLOATING, outputs=((1280, 720, 0, 0, 1),)):
        self.bed = Bed(build)
        self.settings = dict(outputs=outputs, config=config + BORDERLESS)
        self.tree = Tree(self.bed, which)
        self.begin()

    def begin(self):
        """The user's session, with a view in it."""
        self.desk = Sway(self.bed, keymap=Keymap("us,de", "intl,"), **self.settings)
        self.view = self.bed.view(self.desk, self.tree.path)

    def program(self, title, *arguments, **options):
        """A program of the guest, and its window once it is there."""
        process = self.tree.start(*arguments, **options)
        window = wait_for(lambda: self.desk.window(title) or self.alive(), "the window %s of %s" % (title, arguments[0]))
        return process, window

    def alive(self):
        """None, if both ends are."""
        for name, end in (("view", self.view), ("guest's end", self.tree.server)):
            if end.poll() is not None:
                raise AssertionError("the %s ended with %s" % (name, end.poll()))

    def box(self, colour, at_least=100):
        return self.desk.until(lambda image: (lambda box: box if box and min(size(box)) >= at_least else None)(find(image, colour)),
                               "%s on the screen" % (colour,))

    def steady(self, colour, at_least=10):
        """Its box, when two pictures agree."""
        boxes = []

        def same(image):
            boxes.append(find(image, colour))
            return boxes[-1] if len(boxes) > 1 and boxes[-1] and boxes[-1] == boxes[-2] and min(size(boxes[-1])) >= at_least else None

        return self.desk.until(same, "%s that stays" % (colour,))

    def click(self, colour, button=LEFT):
        """In the middle of what has that colour."""
        left, top, right, bottom = self.steady(colour)
        self.desk.click((left + right) // 2, (top + bottom) // 2, button)

    def away(self, process, title):
        """Closes the window as the user does; the program ends by it."""
        self.closed(title)
        process.wait(PATIENCE_S)
        self.bed.processes.remove(process)

    def closed(self, title):
        self.desk.command('[title="%s"] kill' % title)
        wait_for(lambda: not self.desk.window(title), "%s goes" % title)

    def killed(self, process):
        """The program is, and leaves nothing."""
        self.tree.kill(process)
        wait_for(lambda: not self.desk.windows(), "no window of a program that was killed")
        self.alive()

    def focus(self, title):
        self.desk.command('[title="%s"] focus' % title)
        wait_for(lambda: self.desk.window(title)["focused"], "focus")
        time.sleep(0.5)  # what is typed sooner after an unasked window is swallowed

    def names(self, window, title, app_id):
        equal("title", window["name"].startswith("[untrusted] ") and title in window["name"], True)
        equal("app id", window["app_id"], "vmsilo.untrusted." + app_id)

    # What a user does with any program.

    def sized(self, title):
        """The program's picture fills its frame: at its edges nothing of what is behind it is seen."""
        def fits(image):
            window = self.desk.window(title)
            rect = window["rect"]
            left, top = rect["x"], rect["y"]
            right, bottom = left + rect["width"], top + rect["height"]
            if min(left, top) < 0 or right > image.width or bottom > image.height:
                return False  # it is on its way
            red = mask(image, RED)
            for x, y in ((left, (top + bottom) // 2), (right - 1, (top + bottom) // 2), ((left + right) // 2, bottom - 1), (left + 30, top)):
                if image.getpixel((x, y)) != RED:
                    return False
            inner = right - EDGE, bottom - EDGE, right - BORDER, bottom - BORDER
            strips = ((inner[0], top + 60, inner[2], inner[1]), (left + BORDER, inner[1], inner[0], inner[3]))
            return all(strip.histogram()[255] == 0 for strip in map(red.crop, strips))

        self.desk.until(fits, "%s fills its frame" % title)

    def resized(self, title):
        for width, height in ((900, 560), (640, 480)):
            self.desk.command('[title="%s"] resize set width %d px height %d px' % (title, width, height))
            wait_for(lambda: abs(self.desk.window(title)["rect"]["width"] - width) < 40, "%s is %d wide" % (title, width))
            # Sway has resized it around its middle.
            self.desk.command('[title="%s"] move absolute position 100 80' % title)
            self.sized(title)

    def popup(self, what, act, least=50):
        """What act opens: the box of its frame, which has the VM's colour on each side."""
        before = self.desk.shoot()
        act()
        place = []

        def ring(image):
            fresh = ImageChops.subtract(mask(image, RED), mask(before, RED))
            box = fresh.getbbox()
            if not box or min(size(box)) < least:
                return None
            red = mask(image, RED)
            # The pointer may lie on a side, and its left one on the window's own frame.
            shares = [red.crop(side).histogram()[255] for side in (
                (box[0], box[1], box[2], box[1] + 1), (box[0], box[3] - 1, box[2], box[3]), (box[2] - 1, box[1], box[2], box[3]))]
            left = max(red.crop((box[0] - step, box[1], box[0] - step + 1, box[3])).histogram()[255] for step in range(3))
            width, height = size(box)
            if min(shares[0], shares[1]) < 0.7 * width or min(shares[2], left) < 0.7 * height:
                return None
            place.append(box)
            return len(place) > 1 and place[-1] == place[-2] and box

        return self.desk.until(ring, "the frame of %s" % what)

    def escape(self, what, before):
        """Closes a popup; before: how many pixels had the VM's colour without it."""
        self.desk.keyboard.tap(ESC)
        self.desk.until(lambda image: abs(count(image, RED) - before) < 40, "%s is gone" % what)

    def menu(self, what, title, act, right=False):
        """A menu that opens at the window's left or right upper corner, and goes with Escape."""
        rect = self.desk.window(title)["rect"]
        before = count(self.desk.shoot(), RED)
        box = self.popup(what, act)
        along = rect["x"] + rect["width"] - box[2] if right else box[0] - rect["x"]
        if not (-60 < along < 140 and 0 < box[1] - rect["y"] < 140):
            raise AssertionError("%s is at %s, of the window at %s" % (what, box, rect))
        self.escape(what, before)

    def dialog(self, title, act, app_id=None):
        """Another window, which lies on the first: all of its frame is seen. app_id: where it is not the first's."""
        known = {window["id"] for window in self.desk.windows()}
        act()
        fresh = wait_for(lambda: [w for w in self.desk.windows() if w["id"] not in known], "a dialog of %s" % title)[0]
        wait_for(lambda: [w for w in self.desk.windows() if w["id"] == fresh["id"] and w["focused"]], "it has the focus")
        equal("its app id", fresh["app_id"], app_id or self.desk.window(title)["app_id"])

        def whole(image):
            rect = next(w["rect"] for w in self.desk.windows() if w["id"] == fresh["id"])
            right, bottom = min(rect["x"] + rect["width"], image.width), min(rect["y"] + rect["height"], image.height)
            return all(count(image.crop(box), RED) == (box[2] - box[0]) * (box[3] - box[1]) for box in (
                (rect["x"], rect["y"] + 30, rect["x"] + BORDER, bottom), (right - BORDER, rect["y"] + 30, right, bottom)))

        self.desk.until(whole, "the dialog above %s" % title)
        time.sleep(0.5)  # as in focus()
        self.desk.keyboard.tap(ESC)
        wait_for(lambda: not [w for w in self.desk.windows() if w["id"] == fresh["id"]], "it is gone")

    def file(self, name):
        """(its path for the test, for a program of the guest): what an editor writes shows what was typed."""
        path = self.bed.shared + "/" + name
        with open(path, "w"):
            pass
        os.chmod(path, 0o666)
        return path, path if self.tree.own else "/shared/" + name

    def typed(self, path):
        """Into an editor, which may show its window before it has read its file, and saved by it."""
        end = time.monotonic() + PATIENCE_S
        while True:
            self.desk.keyboard.tap(LEFTCTRL, A)
            self.desk.keyboard.type("Hello 12")
            self.desk.keyboard.tap(LEFTCTRL, S)
            try:
                wait_for(lambda: read(path).strip() == "Hello 12", "what was typed is in the file", 5)
                return
            except AssertionError:
                if time.monotonic() > end:
                    raise

    def second(self, title, app_id, words):
        """Another window of the same program, which is killed."""
        process, _ = self.program(title, *words, self.file(title)[1])
        equal("windows of " + words[0], [w["app_id"] for w in self.desk.windows()], [app_id] * 2)
        self.tree.kill(process)
        wait_for(lambda: not self.desk.window(title), "the one that was killed is gone")

    def editor(self, title, app_id, words, menu, dialog, right=False, single=False):
        """An editor of a file: typing, menu, dialog, sizes, a second window that is killed, closing. The file's name is in its title.
        right: its menu is there; single: it has one window, and may stay without it (JuffEd did, one time in eight; on sway without us one in 20)."""
        path, inside = self.file(title)
        process, window = self.program(title, *words, inside)
        self.names(window, title, app_id)
        self.focus(title)
        self.typed(path)
        self.menu("the menu of " + words[0], title, lambda: self.desk.keyboard.tap(*menu), right)
        self.dialog(title, lambda: self.desk.keyboard.tap(*dialog))
        self.resized(title)
        if single:
            self.closed(title)
            self.tree.kill(process)
            return
        self.second("other-" + title, window["app_id"], words)
        self.away(process, title)


def read(path):
    with open(path) as file:
        return file.read()


# ---- pictures ----

BORDER = 4  # of the frame, at its sides: FRAME_BORDER


def framed(image, box):
    """Whether the VM's colour stands next to the content at the middle of each of its edges. box: of the content, or None."""
    if not box or min(size(box)) < 100 or min(box[:2]) < 1 or box[2] >= image.width or box[3] >= image.height:
        return False
    left, top, right, bottom = box
    places = (left - 1, (top + bottom) // 2), (right, (top + bottom) // 2), ((left + right) // 2, bottom), ((left + right) // 2, top - 1)
    return all(image.getpixel(place) == RED for place in places)


def changed(before, after):
    diff = ImageChops.difference(before, after)
    return diff.getbbox()


# ---- running ----

def main(both, tests, names):
    failed = ["all"]
    try:
        failed = run([bound(test, both) for test in tests], names)
        for process, name in ((both.view, "the view"), (both.tree.server, "the guest's end")):
            if process.poll() is not None:
                failed.append(name)
                print("FAILED %s ended with %s" % (name, process.poll()))
    finally:
        both.bed.end(bool(failed))
    sys.exit(1 if failed else 0)


def bound(test, both):
    def call():
        known = set(both.bed.processes)
        try:
            test(both)
        except Exception:
            keep = os.environ.get("VMSILO_TEST_KEEP")
            if keep:
                both.desk.shoot().save("%s/%s.png" % (keep, test.__name__))
            for process in set(both.bed.processes) - known:  # the next begins with an empty screen
                if process is not both.view:
                    both.tree.kill(process)
            raise
    call.__name__ = test.__name__
    return call
