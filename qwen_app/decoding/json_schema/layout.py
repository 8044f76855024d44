"""Pretty output: one member a line, indented by two, as ``json.dumps(indent=2)`` writes it.

The grammar engine allows spaces and line ends between the parts of a document, in any number; how
many there are at each place is settled here. So the model cannot loop on whitespace, and the
document looks the same whatever it tries. A token that the model chose is read for what it means:
if whitespace is missing in it or too much, it is spelled anew.
"""

from collections.abc import Iterable

from qwen_app.decoding.json_schema.reader import Now, Place, Reader, frames

_CLOSERS = b"}]"
_SPACES = b" \n\r\t"
_WITHIN = (Now.STRING, Now.KEY, Now.NUMBER, Now.WORD)


def gap(place: Place, byte: int) -> bytes:
    """The whitespace that stands before this byte, which is none itself."""
    depth = sum(1 for _ in frames(place))
    closes = byte in _CLOSERS
    if place.now is Now.MEMBER or (place.now is Now.OPENED and not closes):
        return b"\n" + b"  " * depth
    if place.now is Now.AFTER and closes:
        return b"\n" + b"  " * (depth - 1)
    return b" " if place.now is Now.VALUE and place.frame is not None else b""


def coming(place: Place) -> bytes | None:
    """What is still to come of the whitespace at this place; None if that depends on what
    follows, or nothing may follow."""
    if place.now in _WITHIN or place.now is Now.END:
        return None
    if place.now in (Now.OPENED, Now.AFTER) and not place.space:
        return None
    whole = gap(place, _CLOSERS[0] if place.now is Now.AFTER else ord('"'))
    return whole[len(place.space) :] if whole.startswith(place.space) else b""


def may_begin(place: Place) -> frozenset[int] | None:
    """First bytes that tokens may have here, as far as whitespace is concerned; None is any."""
    if place.now in _WITHIN:
        return None
    if not place.space and place.now is Now.OPENED:
        return frozenset(b"\n}]")
    if not place.space and place.now is Now.AFTER:
        return frozenset(b"\n,}]")
    rest = coming(place)
    if rest:
        return frozenset(rest[:1])
    if place.now is Now.AFTER:
        return frozenset(_CLOSERS)
    return _NO_SPACE - frozenset(_CLOSERS) if place.now is Now.OPENED else _NO_SPACE


_NO_SPACE = frozenset(range(256)) - frozenset(_SPACES)


def lay_out(reader: Reader, place: Place, pieces: Iterable[bytes]) -> list[bytes]:
    """Compact text, in pieces, with its whitespace. ``place`` is where it begins."""
    out = []
    for data in pieces:
        text, at = b"", 0
        while at < len(data):
            # A number ends before the byte that shows it.
            if place.now not in _WITHIN:
                whole = gap(place, data[at])
                if whole.startswith(place.space):
                    text += whole[len(place.space) :]
            place, end = reader.step(place, data, at)
            text += data[at:end]
            at = end
        out.append(text)
    return out


def conforming(reader: Reader, place: Place, data: bytes) -> bytes:
    """The bytes of a token with the whitespace that its place asks for; ``data`` itself if
    nothing is wrong with it. Only as much of it as is certain: the model says the rest."""
    at = 0
    while at < len(data):
        if place.now not in _WITHIN:
            byte = data[at]
            if byte in _SPACES:
                if not _goes_on(place, byte):
                    return data[:at] + ((coming(place) or b"") if place.space else _meant(place))
            else:
                whole = gap(place, byte)
                if place.space != whole:
                    missing = whole[len(place.space) :] if whole.startswith(place.space) else b""
                    return data[:at] + missing + data[at : at + 1]
        place, at = reader.step(place, data, at)
    return data


def _goes_on(place: Place, byte: int) -> bool:
    allowed = may_begin(place)
    return allowed is None or byte in allowed


def _meant(place: Place) -> bytes:
    """Some whitespace where another should be: after a value it announces the end."""
    if place.now is Now.AFTER and place.frame is not None:
        closer = b"}" if place.frame.is_object else b"]"
        return gap(place, closer[0]) + closer
    return gap(place, ord('"')) if place.now is Now.OPENED else b""
