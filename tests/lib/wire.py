"""Frames and protobuf messages by hand, for tests that send what no library would: any field of any number, and what is cut off."""

import struct


def frame(kind, payload=b"", stream=0, length=None):
    return struct.pack("<IHH", len(payload) if length is None else length, kind, stream) + payload


def varint(value):
    out = b""
    value &= (1 << 64) - 1
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number, value):
    """An int is a varint, bytes and str are length-delimited."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, str):
        value = value.encode()
    return varint(number << 3 | 2) + varint(len(value)) + value


def message(*fields):
    """Fields as (number, value)."""
    return b"".join(field(number, value) for number, value in fields)


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def take(self, count):
        assert self.at + count <= len(self.data), self.data
        self.at += count
        return self.data[self.at - count:self.at]

    def fields(self):
        """Each field that is left: its number, and an int or bytes."""
        while self.at < len(self.data):
            key = self.number()
            kind = key & 7
            assert kind in (0, 2, 5), self.data
            yield key >> 3, self.number() if kind == 0 else struct.unpack("<I", self.take(4))[0] if kind == 5 else self.take(self.number())


def fields(payload):
    """Of a message: {number: [values]}."""
    found = {}
    for number, value in Reader(payload).fields():
        found.setdefault(number, []).append(value)
    return found
