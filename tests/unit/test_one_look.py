"""One look for all who ask at about the same time."""

import asyncio

import pytest

from onyxia_hub.one_look import OneLook


class Counted:
    def __init__(self):
        self.looks = 0
        self.fails = False

    async def __call__(self):
        self.looks += 1
        await asyncio.sleep(0.01)
        if self.fails:
            raise ValueError(self.looks)
        return self.looks


async def test_many_who_ask_at_once_share_one_look():
    counted = Counted()
    look = OneLook(counted, good_for=60)
    assert await asyncio.gather(*(look.take() for _ in range(50))) == [1] * 50
    assert await look.take() == 1
    assert look.latest == 1


async def test_what_is_old_is_looked_at_anew():
    look = OneLook(Counted(), good_for=0)
    assert [await look.take(), await look.take()] == [1, 2]


async def test_who_gives_up_waiting_ends_it_for_nobody_else():
    look = OneLook(Counted(), good_for=60)
    impatient, patient = asyncio.ensure_future(look.take()), asyncio.ensure_future(look.take())
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == 1


async def test_a_failure_is_for_those_who_waited_and_not_kept():
    counted = Counted()
    look = OneLook(counted, good_for=60)
    counted.fails = True
    with pytest.raises(ValueError, match="1"):
        await look.take()
    counted.fails = False
    assert await look.take() == 2
