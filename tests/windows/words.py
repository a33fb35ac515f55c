"""The windows stream's words: proto/windows.proto, read as it stands, and the frames of proto/PROTOCOL.md."""

import os
import re
import struct
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.realpath(__file__))) + "/lib")
from wire import Reader, field, frame, varint  # noqa: E402

# What each frame carries, and its largest payload.
FRAMES = {
    "SETTINGS": (160, "Settings", 4096), "TOPLEVEL": (161, "Toplevel", 4096), "POPUP": (162, "Popup", 256), "GONE": (163, "Gone", 256),
    "FRAME": (164, "Frame", 256), "RECT": (165, "Rect", 256), "PIXELS": (166, None, 256 << 10), "COPY": (167, "Copy", 256),
    "FILL": (168, "Fill", 256), "FRAME_END": (169, "FrameEnd", 256), "SHARED_FRAME": (170, "SharedFrame", 4096),
    "REQUEST": (171, "WindowRequest", 256), "ACTIVATE": (172, "Activate", 256), "CURSOR": (173, "Cursor", (256 << 10) + 256),
    "CONSTRAINT": (174, "PointerConstraint", 256), "DRAG": (175, "Drag", (256 << 10) + 256), "TEXT_INPUT": (176, "TextInput", 8256),
    "CLIPBOARD_DATA": (177, "ClipboardData", (64 << 10) + 64), "CONFIGURE": (180, "Configure", 256), "POPUP_PLACE": (181, "PopupPlace", 256),
    "POPUP_DONE": (182, "PopupDone", 256), "CLOSE": (183, "Close", 256), "FRAME_DONE": (184, "FrameDone", 256),
    "SHARED_RELEASE": (185, "SharedRelease", 256), "KEYMAP": (186, "Keymap", 256 << 10), "REPEAT": (187, "Repeat", 256),
    "FOCUS": (188, "Focus", 256), "MODIFIERS": (189, "Modifiers", 256), "KEY": (190, "Key", 256), "POINTER": (191, "Pointer", 256),
    "TOUCH": (192, "Touch", 256), "DRAG_DONE": (193, "DragDone", 256), "TEXT_EVENT": (194, "TextEvent", 8256),
    "CLIPBOARD_GET": (195, "ClipboardGet", 256),
}
BY_NUMBER = {number: (name, message) for name, (number, message, _) in FRAMES.items()}
FROM_GUEST = [name for name, (number, _, _) in FRAMES.items() if 161 <= number <= 177]
VARINTS = {"uint32", "uint64", "sint32", "bool"}
messages, enums = {}, {}


def learn(path):
    with open(path) as file:
        text = re.sub(r"//.*", "", file.read())
    for name, body in re.findall(r"\bmessage (\w+) \{([^}]*)\}", text):
        messages[name] = {}
        for repeated, kind, field, number in re.findall(r"(repeated )?(\w+) (\w+) = (\d+)", body):
            messages[name][field] = int(number), kind, bool(repeated)
    for _, body in re.findall(r"\benum (\w+) \{([^}]*)\}", text):
        enums.update({name: int(number) for name, number in re.findall(r"(\w+) = (\d+)", body)})


learn(os.path.dirname(os.path.realpath(__file__)) + "/../../proto/windows.proto")


def encode_one(number, kind, value):
    if kind in messages:
        value = encode(kind, **value)
    if kind == "fixed32":
        return varint(number << 3 | 5) + struct.pack("<I", value)
    if kind == "sint32":
        value = value << 1 if value >= 0 else ((-value) << 1) - 1
    return field(number, value)


def encode(message, **fields):
    out = b""
    for name, value in fields.items():
        number, kind, repeated = messages[message][name]
        for one in value if repeated else [value]:
            out += encode_one(number, kind, one)
    return out


class Said(dict):
    """A message: its fields as attributes."""

    def __getattr__(self, name):
        return self[name]


def unzigzag(value):
    return value >> 1 if not value & 1 else -(value >> 1) - 1


def decode(message, payload):
    shape = messages[message]
    found = Said({name: [] if repeated else "" if kind == "string" else b"" if kind == "bytes" else 0 if kind not in messages else None
                  for name, (_, kind, repeated) in shape.items()})
    names = {number: (name, kind, repeated) for name, (number, kind, repeated) in shape.items()}
    for number, value in Reader(payload).fields():
        name, kind, repeated = names[number]
        if not isinstance(value, bytes):
            values = [value]
        elif kind in VARINTS:  # packed
            inner, values = Reader(value), []
            while inner.at < len(value):
                values.append(inner.number())
        else:
            values = [decode(kind, value) if kind in messages else value.decode() if kind == "string" else value]
        if kind == "sint32":
            values = [unzigzag(value) for value in values]
        if repeated:
            found[name] += values
        else:
            found[name] = values[-1]
    return found


def say(name, payload=None, **fields):
    """A whole frame: of a message's fields, or with a payload as it is."""
    number, message, _ = FRAMES[name]
    return frame(number, encode(message, **fields) if payload is None else payload)


def heard(kind, payload):
    """Name and message of a frame that was read."""
    name, message = BY_NUMBER[kind]
    return name, decode(message, payload) if message else payload
