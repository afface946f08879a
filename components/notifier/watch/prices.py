"""Prices as whole numbers of 10⁻⁸: exact where a limit is met, fast where quotes come in.

A binary floating point number holds what feeds send (up to 15 digits) well enough to find the decimal
again, but not to add or multiply it; so a price becomes an integer at the edge and stays one.
"""

import re
from decimal import Decimal, InvalidOperation
from typing import Final

DECIMALS: Final = 8
SCALE: Final = 10**DECIMALS

HIGHEST: Final = 10**10  # in units of the currency; whatever is above is a mistake
# Below this a float times SCALE is within a quarter of the right integer: the product is at most 10¹⁵, and
# each of the two roundings in it, of the literal and of the product, at most 2⁻⁵³ of that.
_EXACT_BELOW: Final = 1e7

_WRITTEN = re.compile(r"\d{1,11}(?:\.\d{1,20})?|\.\d{1,20}")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")


class NoPrice(ValueError):
    """What was given is no price; the text says what would be."""


def quoted(price: float | str) -> int:
    """A price of a feed, which is rounded to 10⁻⁸.

    Raises `NoPrice` for what is not a number, not above zero, or absurdly high.
    """
    if (
        isinstance(price, str)
        and len(price) <= 16
        and price.isascii()
        and price.replace(".", "", 1).isdecimal()
    ):
        price = float(price)  # up to 15 digits: exact, and four times as fast
    if isinstance(price, str):
        try:
            decimal = Decimal(price) if price.isascii() and "_" not in price else Decimal("NaN")
        except InvalidOperation:
            decimal = Decimal("NaN")
        if not (decimal.is_finite() and decimal <= HIGHEST):
            raise NoPrice(_REFUSED)
        scaled = round(decimal * SCALE)
    elif 0 < price < _EXACT_BELOW:
        scaled = int(price * SCALE + 0.5)
    elif _EXACT_BELOW <= price <= HIGHEST:  # not for NaN
        scaled = round(Decimal(repr(price)) * SCALE)
    else:
        scaled = 0
    if scaled <= 0:
        raise NoPrice(_REFUSED)
    return scaled


_REFUSED: Final = f"expected a number above 0 and not above {HIGHEST:,}"


def limit(text: str) -> int:
    """A number that a person wrote, exactly.

    A comma counts as the decimal sign unless it could be meant to part thousands. Raises `NoPrice`.
    """
    if _THOUSANDS.fullmatch(text):
        plain = text.replace(",", "")
        raise NoPrice(f"{text} can be read in two ways: write {plain} or {text.replace(',', '.', 1)}")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if not (text.isascii() and _WRITTEN.fullmatch(text)):
        raise NoPrice(f"{text!r} is not a number such as 12.50")
    whole, _, fraction = text.partition(".")
    fraction = fraction.rstrip("0")
    if len(fraction) > DECIMALS:
        raise NoPrice(f"{text} has more than {DECIMALS} decimals")
    scaled = int(whole or "0") * SCALE + int(fraction.ljust(DECIMALS, "0"))
    if scaled > HIGHEST * SCALE:
        raise NoPrice(f"{text} is more than {HIGHEST:,}")
    return scaled


def shown(scaled: int, least: int = 2) -> str:
    """The number in decimals, at least so many of them."""
    whole, fraction = divmod(abs(scaled), SCALE)
    digits = f"{fraction:0{DECIMALS}}".rstrip("0").ljust(least, "0")
    return f"{'-' if scaled < 0 else ''}{whole}{f'.{digits}' if digits else ''}"
