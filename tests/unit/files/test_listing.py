"""What becomes of a store's list."""

from datetime import UTC, datetime

from onyxia_hub.files.listing import File, Listing, listing_of
from onyxia_hub.files.place import Place

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def entry(key, size=1):
    return {"Key": key, "Size": size, "LastModified": NOON}


def test_names_are_those_below_the_place_and_the_folder_itself_is_none():
    answer = {
        "CommonPrefixes": [{"Prefix": "alice/d/e/"}],
        "Contents": [entry("alice/d/", 0), entry("alice/d/x", 5)],
        "NextContinuationToken": "next",
    }
    found = listing_of(answer, Place("data", "alice/"), folder="d/")
    assert found == Listing(("d/e/",), (File("d/x", 5, NOON),), "next")


def test_an_empty_folder_is_an_empty_list():
    assert listing_of({}, Place("data", ""), folder="") == Listing((), (), None)
