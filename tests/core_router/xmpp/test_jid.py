"""RFC 7622: what an address is, and when two are the same."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from precis_i18n import get_profile

from core_router.xmpp import jid
from core_router.xmpp.jid import JID, InvalidJid, parse_jid, prepare_domain, prepare_local, prepare_resource

# RFC 7622 §3.5, tables 1 and 2: the examples, and what is said of them.
VALID = {
    "juliet@example.com": ("juliet", "example.com", ""),
    "juliet@example.com/foo": ("juliet", "example.com", "foo"),
    "juliet@example.com/foo bar": ("juliet", "example.com", "foo bar"),
    "juliet@example.com/foo@bar": ("juliet", "example.com", "foo@bar"),
    "foo\\20bar@example.com": ("foo\\20bar", "example.com", ""),
    "fussball@example.com": ("fussball", "example.com", ""),
    "fußball@example.com": ("fußball", "example.com", ""),
    "π@example.com": ("π", "example.com", ""),
    "Σ@example.com/foo": ("σ", "example.com", "foo"),
    "σ@example.com/foo": ("σ", "example.com", "foo"),
    "ς@example.com/foo": ("ς", "example.com", "foo"),
    "king@example.com/♚": ("king", "example.com", "♚"),
    "example.com": ("", "example.com", ""),
    "example.com/foobar": ("", "example.com", "foobar"),
    "a.example.com/b@example.net": ("", "a.example.com", "b@example.net"),
}
INVALID = [
    '"juliet"@example.com',
    "foo bar@example.com",
    "juliet@example.com/",
    "@example.com/foo",
    "@example.com",
    "henryⅣ@example.com",
    "♚@example.com",
    "juliet@",
    "/foobar",
]


@pytest.mark.parametrize(("text", "parts"), VALID.items(), ids=VALID)
def test_the_examples_of_3_5_are_addresses(text: str, parts: tuple[str, str, str]) -> None:
    address = parse_jid(text)
    assert (address.local, address.domain, address.resource) == parts


@pytest.mark.parametrize("text", INVALID)
def test_the_counterexamples_of_3_5_are_none(text: str) -> None:
    with pytest.raises(InvalidJid):
        parse_jid(text)


# -- §3.1: parts --------------------------------------------------------------------------------------


def test_the_first_slash_ends_the_domain() -> None:
    address = parse_jid("alice@example.com/a/b@c")
    assert (address.local, address.domain, address.resource) == ("alice", "example.com", "a/b@c")


@pytest.mark.parametrize("text", ["a@b@example.com", "@", "", "a@/b"])
def test_what_cannot_be_taken_apart_is_no_address(text: str) -> None:
    with pytest.raises(InvalidJid):
        parse_jid(text)


@pytest.mark.parametrize("part", ["local part", "resource"])
@pytest.mark.parametrize("letter", ["a", "ü", "漢"], ids=["one octet", "two octets", "three octets"])
def test_a_part_has_at_most_1023_octets(part: str, letter: str) -> None:
    """An address that is too long is refused, never cut (CVE-2015-2058)."""
    prepare = prepare_local if part == "local part" else prepare_resource
    most = 1023 // len(letter.encode())
    assert prepare(letter * most) == letter * most
    with pytest.raises(InvalidJid, match=f"the {part} is longer than 1023 octets"):
        prepare(letter * (most + 1))


def test_a_part_may_grow_beyond_its_bound_while_it_is_prepared() -> None:
    """U+0390 with its two accents apart is six octets less than composed; the result counts."""
    decomposed = "ΐ"  # three code points, 6 octets; composed one of 2
    assert prepare_local(decomposed * 511) == "ΐ" * 511
    with pytest.raises(InvalidJid):
        prepare_local(decomposed * 512)


def test_a_domain_has_at_most_1023_octets() -> None:
    label = "a" * 62
    assert len(prepare_domain(".".join([label] * 16))) == 1007
    with pytest.raises(InvalidJid):
        prepare_domain(".".join([label] * 17))


# -- §3.2: domains ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("EXAMPLE.com", "example.com"),
        ("example.com.", "example.com"),
        ("xn--fuball-cta.example", "fußball.example"),
        ("FUßBALL.example", "fußball.example"),
        ("ＥＸＡＭＰＬＥ.com", "example.com"),
        ("example。com", "example.com"),
        ("192.0.2.1", "192.0.2.1"),
        ("[2001:DB8::0001]", "[2001:db8::1]"),
        ("under_score.example", "under_score.example"),
        ("localhost", "localhost"),
    ],
)
def test_a_domain_is_compared_in_its_canonical_form(text: str, prepared: str) -> None:
    """§3.2.1: lower case, U-labels, no final dot."""
    assert prepare_domain(text) == prepared


@pytest.mark.parametrize(
    "text",
    ["", ".", "..", "a..b", ".a", "-a.example", "a-.example", "a b", "a&b", "a" * 64, "[192.0.2.1]", "[::g]",
     "[::1", "xn--a", "ü" * 60, "a@b", "＠.example", "\ud800", "a\x00b"],
)  # fmt: skip
def test_what_is_no_domain_name_is_no_domain(text: str) -> None:
    with pytest.raises(InvalidJid):
        prepare_domain(text)


# -- §3.3: local parts --------------------------------------------------------------------------------


@pytest.mark.parametrize("character", "\"&'/:<>@")
def test_eight_characters_are_excluded_from_local_parts(character: str) -> None:
    """§3.3.1."""
    with pytest.raises(InvalidJid, match="one of the characters"):
        prepare_local(f"a{character}b")


@pytest.mark.parametrize("character", "＂＆＇／：＜＞＠")
def test_their_full_width_forms_are_excluded_too(character: str) -> None:
    """§3.3.1: the width mapping of §3.3.2 would make them of it: `a＠b@example.com` is nobody's name."""
    with pytest.raises(InvalidJid, match="one of the characters"):
        prepare_local(f"a{character}b")


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("ALICE", "alice"),
        ("Älice", "älice"),
        ("A\u0308lice", "älice"),  # decomposed
        ("ａｌｉｃｅ", "alice"),  # full width
        ("straße", "straße"),
        ("ΑΛΊΚΗ", "αλίκη"),
    ],
)
def test_local_parts_are_compared_without_regard_to_case_and_width(text: str, prepared: str) -> None:
    """§3.3.2, UsernameCaseMapped (RFC 8265 §3.3)."""
    assert prepare_local(text) == prepared


@pytest.mark.parametrize(
    "text", ["", " ", "a b", "a\tb", "a\x00", "\x7f", "ﬁ", "♚", "a\u200d", "\ud800", "aא", "\u0300\u200e"]
)
def test_what_the_username_profile_disallows_is_no_local_part(text: str) -> None:
    """RFC 8264 §9, the bidi rule of RFC 5893 included."""
    with pytest.raises(InvalidJid):
        prepare_local(text)


# -- §3.4: resources ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "prepared"),
    [
        ("Home", "Home"),
        ("Zu\u00a0Hause", "Zu Hause"),  # spaces are spaces
        ("A\u0308", "Ä"),
        (" a ", " a "),
        ("<&'\">", "<&'\">"),
        ("🚂", "🚂"),
    ],
)
def test_resources_keep_their_case_and_nearly_all_else(text: str, prepared: str) -> None:
    """§3.4.2, OpaqueString (RFC 8265 §4.2)."""
    assert prepare_resource(text) == prepared


@pytest.mark.parametrize("text", ["", "a\x00", "a\tb", "a\nb", "\x7f", "\ud800", "a\u200e"])
def test_what_the_opaque_string_profile_disallows_is_no_resource(text: str) -> None:
    with pytest.raises(InvalidJid):
        prepare_resource(text)


# -- the address as a whole ---------------------------------------------------------------------------


def test_equal_addresses_are_equal_whatever_they_were_written_like() -> None:
    one, other = parse_jid("Alice@EXAMPLE.com./Home"), parse_jid("alice@example.com/Home")
    assert one == other
    assert hash(one) == hash(other)
    assert str(one) == one.full == "alice@example.com/Home"
    assert one != parse_jid("alice@example.com/home")
    assert one != "alice@example.com/Home"


def test_an_address_with_and_without_its_resource() -> None:
    full = parse_jid("alice@example.com/home")
    assert not full.is_bare
    assert full.to_bare().full == full.bare == "alice@example.com"
    assert full.to_bare().is_bare
    assert full.to_bare().to_bare() is full.to_bare()
    assert full.to_bare().with_resource("A\u0308").full == "alice@example.com/Ä"
    with pytest.raises(InvalidJid):
        full.with_resource("a\x00")


def test_the_address_is_escaped_once_as_it_stands_in_a_start_tag() -> None:
    assert parse_jid("a@example.com/<&'\">").attribute == "a@example.com/&lt;&amp;&apos;&quot;&gt;"


_ASCII = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=20)


@given(_ASCII)
def test_the_short_way_for_ascii_gives_what_the_profiles_give(text: str) -> None:
    for prepare, profile in ((prepare_local, "UsernameCaseMapped"), (prepare_resource, "OpaqueString")):
        try:
            wanted = get_profile(profile).enforce(text)
        except UnicodeEncodeError:
            wanted = None
        if prepare is prepare_local and not set("\"&'/:<>@").isdisjoint(text):
            wanted = None
        try:
            assert prepare(text) == wanted
        except InvalidJid:
            assert wanted is None


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_a_prepared_address_is_prepared(local: str, domain: str, resource: str) -> None:
    """RFC 7622 §3.1: what was prepared once comes out the same again, from the text too."""
    try:
        address = JID(prepare_local(local), prepare_domain(domain), prepare_resource(resource))
    except InvalidJid:
        return
    again = parse_jid(address.full)
    assert (again.local, again.domain, again.resource) == (address.local, address.domain, address.resource)


@given(st.text(max_size=40))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    """Nothing else is raised, whatever a stranger writes."""
    with contextlib.suppress(InvalidJid):
        assert parse_jid(text).domain


# -- the cache ----------------------------------------------------------------------------------------


def test_the_same_text_is_prepared_once() -> None:
    assert parse_jid("cached@example.com/once") is parse_jid("cached@example.com/once")


def test_the_cache_is_bounded_and_keeps_what_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jid, "_GENERATION", 10)
    monkeypatch.setattr(jid, "_young", {})
    monkeypatch.setattr(jid, "_old", {})
    used = parse_jid("used@example.com")
    for number in range(1000):
        parse_jid(f"other{number}@example.com")
        assert parse_jid("used@example.com") is used
        assert len(jid._young) + len(jid._old) <= 20


def test_long_addresses_and_wrong_ones_stay_out_of_the_cache() -> None:
    long = f"{'l' * 300}@example.com"
    assert parse_jid(long).full == long
    with pytest.raises(InvalidJid):
        parse_jid("wrong@@example.com")
    assert not {long, "wrong@@example.com"} & (jid._young.keys() | jid._old.keys())


@pytest.mark.parametrize("filler", ["🚂", "'", "x"])
def test_long_addresses_take_the_place_of_many(monkeypatch: pytest.MonkeyPatch, filler: str) -> None:
    """Each of them is kept, escaped and whole, in several forms of up to four bytes a character."""
    for generation in ("_young", "_old"):
        monkeypatch.setattr(jid, generation, {})
    monkeypatch.setattr(jid, "_young_characters", 0)
    monkeypatch.setattr(jid, "_GENERATION_CHARACTERS", 10_000)
    for number in range(300):
        parse_jid(f"a@example.com/{filler * 230}{number}")
    remembered = [*jid._young, *jid._old]
    assert sum(map(len, remembered)) <= 2 * (jid._GENERATION_CHARACTERS + 256)
