"""E-mail addresses, links, hosts and the like that a text states, among Chinese and English."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from qwen_app.decoding.json_schema.formats import conforms

_MOST: Final = 2_000
"""Candidates of one format that are looked at, of a longer text the first ones; and characters
that one may have."""

_LOCAL: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]"
_NAME: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST: Final = rf"{_NAME}(?:\.{_NAME})*"
_EMAIL: Final = re.compile(rf"(?<!{_LOCAL})({_LOCAL}+)@({_HOST}|\[[0-9A-Fa-f:.]+\])")
_BEGIN: Final = re.compile(r"(?<![A-Za-z0-9_+])(?<![A-Za-z0-9_+][.-])(?<![A-Za-z]')[A-Za-z0-9_+]")
"""Where an address may begin: ``email=a@b.com`` and ``'a@b.com'`` state a@b.com."""

# Their beginnings are bounded and found once each, so that no text takes long.
_BARE: Final = "mailto|tel|sms|urn|data|news|geo|magnet|sip|sips|xmpp|doi|file"
_SCHEME: Final = r"[A-Za-z][A-Za-z0-9+.-]{0,30}://"
_URI: Final = re.compile(
    rf"(?<![A-Za-z0-9])(?:{_SCHEME}|(?i:{_BARE}):)"
    rf"(?:(?![,;|]{_SCHEME})[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=%-]){{1,{_MOST}}}"
)
_CLOSING: Final = {")": "(", "]": "["}

_HOSTNAME: Final = re.compile(rf"(?<![A-Za-z0-9_]){_HOST}(?![A-Za-z0-9_])")
_IPV4: Final = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?!\.?[0-9])")
_IPV6: Final = re.compile(r"(?<![0-9A-Za-z:.])(?:[A-Za-z]\w*:(?!:))?([0-9A-Fa-f:.]+)")
_UUID: Final = re.compile(
    r"(?<![0-9A-Fa-f-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![0-9A-Fa-f-])"
)


def addresses_in(text: str, name: str) -> frozenset[str]:
    """The spans of a text that are of a format, one of `ADDRESSES`, whole and without what only
    stands beside them: ``请写信给a@b.cn谢谢`` states a@b.cn, ``(see https://a.cn/b).`` its link."""
    found: dict[str, None] = {}
    for candidate in _FINDERS[name](text):
        if len(candidate) < _MOST:
            found[candidate] = None
        if len(found) >= _MOST:
            break
    return frozenset(candidate for candidate in found if conforms(candidate, name))


def _emails(text: str) -> Iterator[str]:
    for match in _EMAIL.finditer(text):
        local, host = match.groups()
        for begin in _BEGIN.finditer(local):
            yield f"{local[begin.start() :]}@{host}"


def _uris(text: str) -> Iterator[str]:
    for match in _URI.finditer(text):
        link = match[0]
        while link[-1] in ".,;:!?'" or _is_left_open(link):
            link = link[:-1]
        yield link


def _is_left_open(link: str) -> bool:
    """The bracket at its end was opened before the link."""
    opening = _CLOSING.get(link[-1])
    return opening is not None and link.count(link[-1]) > link.count(opening)


def _hostnames(text: str) -> Iterator[str]:
    """A name of one label is a host's too, so every word may be one; names with dots come
    first."""
    names = [match[0] for match in _HOSTNAME.finditer(text)]
    yield from sorted(names, key=lambda name: "." not in name)


def _ipv4(text: str) -> Iterator[str]:
    yield from (match[0] for match in _IPV4.finditer(text))


def _ipv6(text: str) -> Iterator[str]:
    for match in _IPV6.finditer(text):
        for written in (match[0], match[1]):  # IPv6:2001:db8::1 has a word before it
            written = written.rstrip(".")
            written = written if written.endswith("::") else written.removesuffix(":")
            if conforms(written, "ipv6"):
                yield written
                break


def _uuids(text: str) -> Iterator[str]:
    yield from (match[0] for match in _UUID.finditer(text))


_FINDERS: Final[dict[str, Callable[[str], Iterator[str]]]] = {
    "email": _emails,
    "uri": _uris,
    "hostname": _hostnames,
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "uuid": _uuids,
}
ADDRESSES: Final = frozenset(_FINDERS)
"""Formats that a text has as a document wants them; dates and times it has in many forms."""
