"""The collector of cycles rests within the block, and works as before afterwards, whatever happened in it."""

import gc

import pytest

from civic.collecting import resting


def test_it_rests_within_the_block_and_works_again_afterwards() -> None:
    assert gc.isenabled()
    with pytest.raises(KeyError), resting():
        assert not gc.isenabled()
        with resting():
            pass
        assert not gc.isenabled()
        raise KeyError
    assert gc.isenabled()
