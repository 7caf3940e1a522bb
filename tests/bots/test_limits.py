"""Limits that slow whoever asks too much and nobody else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bots.limits import KEPT, Buckets, Fair, Rate, server_of


def test_a_bucket_gives_what_is_in_it_and_fills_with_time() -> None:
    bucket = Buckets(Rate(2, 10))
    for _ in range(2):
        assert bucket.wait("a", 0) == 0
        bucket.take("a", 0)
    assert bucket.wait("a", 0) == 10
    assert bucket.wait("b", 0) == 0
    assert bucket.wait("a", 4) == 6
    assert bucket.wait("a", 10) == 0


def test_accounts_of_one_server_leave_half_for_all_others() -> None:
    fair = Fair(Rate(1, 100), Rate(10, 10))
    granted = [fair.ask(f"@flut{number}:gross.example", 0) == 0 for number in range(50)]
    assert sum(granted) == 5
    assert fair.ask("@mutter:klein.example", 0) == 0
    assert fair.account_wait("@mutter:klein.example", 0) == 100
    assert fair.others_wait("@neu:gross.example", 0) == 20


def test_who_is_refused_uses_nothing_up() -> None:
    fair = Fair(Rate(1, 100), Rate(4, 10))
    waits = [fair.ask("@a:b", 0) for _ in range(20)]
    assert (waits[0], min(waits[1:])) == (0, 100)
    assert fair.ask("@c:d", 0) == 0


def test_the_oldest_buckets_are_forgotten() -> None:
    bucket = Buckets(Rate(1, 1000))
    for number in range(KEPT + 1):
        bucket.take(str(number), 0)
    assert bucket.wait("0", 0) == 0
    assert bucket.wait(str(KEPT), 0) > 0


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_never_more_than_the_rate_allows(times: list[float]) -> None:
    bucket, rate = Buckets(Rate(3, 5)), Rate(3, 5)
    taken = 0
    for now in sorted(times):
        if bucket.wait("a", now) == 0:
            bucket.take("a", now)
            taken += 1
    assert taken <= rate.most + (max(times) - min(times)) / rate.seconds + 1e-6
    assert rate.half == Rate(1, 10)


def test_the_server_of_an_account() -> None:
    assert server_of("@a:b.example:8448") == "b.example:8448"
