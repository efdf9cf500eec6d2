"""Numbers of locks tell nobody their names."""

from __future__ import annotations

from ckanext.ierwohnen.look.lock_numbers import lock_number


def test_a_number_is_a_locks_own_and_found_by_the_secret_alone():
    names = [f"stock of {number}" for number in range(1000)]
    numbers = {lock_number("k" * 40, name) for name in names}
    assert len(numbers) == 1000 and all(-(2**63) <= number < 2**63 for number in numbers)
    assert {lock_number("k" * 40, name) for name in names} == numbers
    assert numbers.isdisjoint(lock_number("j" * 40, name) for name in names)
