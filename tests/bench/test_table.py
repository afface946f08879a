from bench.table import number, ratio, table


def test_columns_are_padded_and_numbers_stand_to_the_right() -> None:
    assert table(["server", "µs"], [["a", "1.0"], ["long name", "10.0"]]).splitlines() == [
        "| server    |   µs |",
        "| --------- | ---: |",
        "| a         |  1.0 |",
        "| long name | 10.0 |",
    ]


def test_numbers_that_are_not_there_are_dashes() -> None:
    assert number(1234.567) == "1,234.6"
    assert number(float("nan")) == "–"
    assert ratio(3, 2) == "1.50"
    assert ratio(3, 0) == "–"
