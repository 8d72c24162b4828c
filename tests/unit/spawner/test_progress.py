"""What a person reads while a service starts."""

import asyncio

import pytest


async def test_progress_tells_the_launch_and_then_the_pod(make):
    spawner = make()
    start = asyncio.ensure_future(spawner.start())
    told = [event async for event in spawner.progress()]
    await start
    assert [event["message"] for event in told] == [
        "Checking your options",
        "Getting S3 and Vault access",
        "Starting Tiny",
        "Preparing your namespace",
        "The program answers; opening the way to it",
    ]
    percents = [event["progress"] for event in told]
    assert percents == sorted(percents)


async def test_a_refused_launch_ends_its_progress(make):
    spawner = make({"profile": "nothing"})
    start = asyncio.ensure_future(spawner.start())
    follower = asyncio.ensure_future(_collect(spawner.progress()))
    with pytest.raises(Exception, match="there is no profile"):
        await start
    spawner.clear_state()
    assert [event["message"] for event in await asyncio.wait_for(follower, 10)] == [
        "Checking your options"
    ]


async def _collect(events):
    return [event async for event in events]
