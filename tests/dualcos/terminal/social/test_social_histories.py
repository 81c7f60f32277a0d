"""A sample of the random histories; `make social-histories` plays a thousand."""

from __future__ import annotations

import pytest

from tests.dualcos.terminal.social.social_histories import main

_EACH = 15


@pytest.mark.parametrize("first", range(0, 75, _EACH))
def test_no_purchase_is_lost_none_twice_and_no_money_comes_or_goes(first):
    seen = main(_EACH, first)
    assert seen["handed out"] > _EACH
    assert seen["NO_CARD"]
    assert seen["recovered"]


@pytest.mark.parametrize("seed", [5729])
def test_histories_that_once_went_wrong(seed):
    """5729: an old load, asked for behind a newer one of the same number, had the newer one's money given back."""
    main(1, seed)
