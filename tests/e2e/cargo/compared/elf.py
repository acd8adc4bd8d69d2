# SPDX-FileCopyrightText: The cleave authors
# SPDX-License-Identifier: Apache-2.0
"""Where two files differ: sections of ELF files, members of archives, else the first byte."""

import struct

ELF = b"\x7fELF"
ARCHIVE = b"!<arch>\n"
LINKED_TYPES = (2, 3)  # ET_EXEC, ET_DYN
NO_BITS = 8  # SHT_NOBITS
SHOWN = 12  # parts that a message names


def is_linked(head):
    """Whether a file that starts with these bytes is an executable or a shared object."""
    return head[:4] == ELF and struct.unpack_from("<H", head, 16)[0] in LINKED_TYPES


def sections(data):
    """Name -> bytes of each section of a 64-bit little-endian ELF file; a name that comes again
    gets a mark."""
    table, = struct.unpack_from("<Q", data, 0x28)
    entry, count, names_at = struct.unpack_from("<HHH", data, 0x3A)
    headers = [struct.unpack_from("<IIQQQQ", data, table + index * entry) for index in range(count)]
    names = headers[names_at][4] if count else 0
    found = {"(ELF header)": data[:64]}
    for name_at, kind, _, _, offset, size in headers:
        end = data.index(b"\0", names + name_at)
        name = data[names + name_at:end].decode("utf-8", "replace") or "(none)"
        while name in found:
            name += "'"
        found[name] = b"" if kind == NO_BITS else data[offset:offset + size]
    return found


def members(data):
    """Name -> header and bytes of each member of a GNU ar archive; a name that comes again gets a
    mark."""
    found, long_names, at = {}, b"", len(ARCHIVE)
    while at + 60 <= len(data):
        header = data[at:at + 60]
        size = int(header[48:58])
        body = data[at + 60:at + 60 + size]
        name = header[:16].rstrip()
        if name == b"//":
            long_names = body
        elif name[:1] == b"/" and name[1:].isdigit():
            name = long_names[int(name[1:]):].split(b"/\n", 1)[0]
        name = name.decode("utf-8", "replace")
        while name in found:
            name += "'"
        found[name] = header + body
        at += 60 + size + size % 2
    return found


def difference(first, second):
    """One line that says how two byte strings differ."""
    for magic, what, parts in ((ELF, "sections", sections), (ARCHIVE, "members", members)):
        if first.startswith(magic) and second.startswith(magic):
            try:
                return _parts(what, parts(first), parts(second))
            except (struct.error, ValueError, IndexError) as error:
                return f"{_sizes(first, second)}, {what} unreadable: {error}"
    return _sizes(first, second)


def _parts(what, first, second):
    gone = [name for name in first if name not in second]
    new = [name for name in second if name not in first]
    changed = [f"{name} ({_sizes(first[name], second[name])})" for name in first
               if name in second and first[name] != second[name]]
    words = []
    for title, names in (("differ", changed), ("missing", gone), ("new", new)):
        if names:
            more = ", …" if len(names) > SHOWN else ""
            words.append(f"{what} {title}: {', '.join(names[:SHOWN])}{more}")
    if not words and list(first) != list(second):
        words.append(f"{what} in another order")
    return "; ".join(words) or f"{what} equal, bytes between them differ"


def _sizes(first, second):
    shorter = min(len(first), len(second))
    at = next((at for at in range(shorter) if first[at] != second[at]), shorter)
    return f"{len(first)} and {len(second)} bytes, from byte {at}"
