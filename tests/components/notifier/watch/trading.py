"""What tests of the stock watch do again and again."""

import json
from typing import Any

from tests.components.notifier.office import Office

URL = "https://erp.example/watch"


def quotes(office: Office, *prices: str, symbol: str = "500000", **batch: Any) -> dict[str, Any]:
    """Post quotes, a second apart."""
    given = []
    for price in prices:
        office.later(seconds=1)
        given.append({"symbol": symbol, "price": price, "time": office.now.isoformat()})
    value = office.asks("POST", "/v1/quotes", {"quotes": given, **batch}).value
    assert isinstance(value, dict)
    return value


def posted(office: Office) -> list[dict[str, Any]]:
    """The callbacks that wait to be made."""
    return [json.loads(row["content"]) for row in office.rows("work")]
