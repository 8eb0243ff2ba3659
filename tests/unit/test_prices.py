"""Price lists that people write."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from blueprint.prices import TARIFFS, US_EAST_1, PriceList, PricesError, parse_prices
from statectl.cost.price_file import written


def test_a_price_list_that_is_printed_can_be_read_again() -> None:
    assert parse_prices(yaml.safe_load(written(US_EAST_1))) == US_EAST_1
    assert set(US_EAST_1.amounts) == set(TARIFFS)
    assert all(tariff.source.startswith("https://aws.amazon.com/") for tariff in TARIFFS.values())


def test_every_mistake_of_a_price_list_is_told_at_once() -> None:
    document: dict[str, Any] = yaml.safe_load(written(US_EAST_1))
    del document["currency"], document["prices"]["alarm"]
    document["asOf"] = "yesterday"
    document["note"] = "mine"
    document["prices"] |= {"kmsKey": -1, "s3Put": "cheap", "s3Get": True, "s3Standart": 0.02}
    with pytest.raises(PricesError) as raised:
        parse_prices(document)
    told = {mistake.key: str(mistake) for mistake in raised.value.mistakes}
    assert set(told) == {
        *("currency", "asOf", "note", "prices.alarm", "prices.kmsKey", "prices.s3Put", "prices.s3Get"),
        "prices.s3Standart",
    }
    assert "use s3Standard" in told["prices.s3Standart"]
    assert "is missing" in told["prices.alarm"]
    assert "per 1,000 requests" in told["prices.s3Put"]
    assert all(line in str(raised.value) for line in told.values())


documents = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=9) | st.dates(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "asOf", "currency", "prices", *TARIFFS]) | st.text(max_size=5),
            inner,
            max_size=8,
        )
    ),
)


@given(documents)
def test_a_document_is_a_price_list_or_a_list_of_mistakes(document: object) -> None:
    try:
        assert isinstance(parse_prices(document), PriceList)
    except PricesError as error:
        assert error.mistakes
