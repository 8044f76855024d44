"""Addresses, links and hosts that a text states."""

import time

import pytest

from qwen_app.decoding.json_schema.addresses import ADDRESSES, addresses_in
from qwen_app.decoding.json_schema.formats import conforms


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("email", "请写信给a@b.cn谢谢", {"a@b.cn"}),
        ("email", "邮箱：A.b-c+d@mail.example.com。", {"A.b-c+d@mail.example.com"}),
        ("email", "Write to a@b.com, or 'c@d.org' (e_1@f.de).", {"a@b.com", "c@d.org", "e_1@f.de"}),
        ("email", "<mailto:a@b.com>; -c@d.org", {"a@b.com", "c@d.org"}),
        ("email", "O'Neill: o'neill@x.ie or root@localhost", {"o'neill@x.ie", "root@localhost"}),
        ("email", "email=a@b.com", {"email=a@b.com", "a@b.com"}),
        ("email", "at the office @home, a @ b, @c.de", set()),
        ("uri", "请看https://a.cn/x谢谢", {"https://a.cn/x"}),
        ("uri", "(see https://a.cn/b). [t](http://x.y/z_(q))", {"https://a.cn/b", "http://x.y/z_(q)"}),
        ("uri", "http://a.b/?q=1&r=%20#s, mailto:a@b.c; 'ftp://h/p'!",
         {"http://a.b/?q=1&r=%20#s", "mailto:a@b.c", "ftp://h/p"}),
        ("uri", "https://a.b,https://c.d", {"https://a.b", "https://c.d"}),
        ("uri", "www.a.com, note:this, C: yes, 14:30", set()),
        ("hostname", "主机db-1.example.com的 a.b.", {"db-1.example.com", "a.b"}),
        ("ipv4", "IP 10.0.0.1:80，地址为192.168.1.1端口", {"10.0.0.1", "192.168.1.1"}),
        ("ipv4", "1.2.3.4.5 999.1.1.1 1.2.3 2024.05.03", set()),
        ("ipv6", "IPv6:2001:db8::1, [::1]:80 a::1%eth0 地址b::2。",
         {"2001:db8::1", "::1", "a::1", "b::2"}),
        ("ipv6", "at 14:30:00, aa:bb:cc:dd:ee:ff, std::vector", set()),
        ("uuid", "编号123e4567-e89b-12d3-a456-426614174000的",
         {"123e4567-e89b-12d3-a456-426614174000"}),
        ("uuid", "0123e4567-e89b-12d3-a456-426614174000", set()),
    ],
)  # fmt: skip
def test_addresses_in(name: str, text: str, found: set[str]) -> None:
    assert addresses_in(text, name) == found
    assert all(conforms(one, name) for one in found)


@pytest.mark.parametrize(
    "text", ["a", "a.", "a-", "1.", ":a", "a:", "a/", "a@", "'a@b ", "(http://a", ")", "'", "é。"]
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    for name in ADDRESSES:
        addresses_in("http://a@b" + text * 50_000 + "@b.c", name)
    assert time.process_time() - began < 10
