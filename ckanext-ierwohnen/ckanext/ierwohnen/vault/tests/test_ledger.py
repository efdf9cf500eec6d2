"""The chain: whole, changed, cut, gapped, written anew; against the database's own hashes."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.ierwohnen.vault.command import run
from ckanext.ierwohnen.vault.errors import VaultError
from ckanext.ierwohnen.vault.journal import head, note, read_ledger
from ckanext.ierwohnen.vault.ledger import FIRST, Entry, export, known_entry, read_export, verify
from ckanext.ierwohnen.vault.reader import Reader, ledger_text

from .stock import company


def chain(count: int, organization: str = "o") -> list[Entry]:
    entries, previous = [], FIRST
    for number in range(1, count + 1):
        entry = Entry(organization, number, f"2026-01-01T00:00:0{number % 10}.000000Z", "r", "", "read", "", "p",
                      previous, "")
        entry = replace(entry, hash=entry.computed())
        entries.append(entry)
        previous = entry.hash
    return entries


def test_whole_and_empty():
    entries = chain(5)
    assert verify(entries).code == "whole" and verify(entries).count == 5
    assert verify([]).whole
    assert verify(read_export(export(entries))) == verify(entries)


@given(st.integers(0, 5), st.sampled_from(["at", "reader", "reader_organization", "action", "subject", "purpose"]))
def test_a_changed_field_shows(place, field):
    entries = chain(6)
    entries[place] = replace(entries[place], **{field: getattr(entries[place], field) + "x"})
    assert verify(entries).code == "changed" and verify(entries).number == place + 1


@pytest.mark.parametrize("place", [0, 2, 4])
def test_an_entry_taken_out_shows_as_a_gap(place):
    entries = chain(6)
    del entries[place]
    assert verify(entries).code == "gap"


def test_what_moves_a_border_between_fields_shows():
    entry = chain(1)[0]
    moved = replace(entry, action="rea", subject="d")
    assert verify([moved]).code == "changed"


def test_cut_or_written_anew_shows_to_whoever_kept_a_hash():
    entries = chain(6)
    known = (6, entries[-1].hash)
    assert verify(entries[:4]).whole  # cannot be told from a true shorter one …
    assert verify(entries, known).code == "compared" and verify(entries, known).whole
    assert verify(entries[:4], known).code == "cut"  # … unless a later hash is known
    anew = [replace(entry, purpose="other") for entry in entries]
    previous = FIRST
    for place, entry in enumerate(anew):
        entry = replace(entry, previous=previous)
        anew[place] = replace(entry, hash=entry.computed())
        previous = anew[place].hash
    assert verify(anew).whole and verify(anew, known).code == "rewritten"


@pytest.mark.parametrize(
    "text", ["quatsch", "5", "5:", "5:abcdef", ":" + FIRST, "0:" + FIRST, "x:" + FIRST, "5:" + "g" * 64]
)
def test_what_is_no_number_with_a_hash_is_compared_with_nothing(text):
    assert known_entry(text) is None


BREAKS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


@pytest.mark.parametrize("sign", BREAKS)
def test_a_sign_that_breaks_lines_breaks_no_chain(sign, tmp_path):
    """Neither one that stands in a ledger from earlier, nor in a file that was exported before it was escaped."""
    entries: list[Entry] = []
    for one in chain(3):
        anew = replace(one, purpose=f"a{sign}b", previous=entries[-1].hash if entries else FIRST)
        entries.append(replace(anew, hash=anew.computed()))
    assert len(export(entries).splitlines()) == 3
    raw = "".join(json.dumps(vars(one), ensure_ascii=False) + "\n" for one in entries)
    for written in (export(entries), raw, raw.replace("\n", "\r\n")):
        assert read_export(written) == entries and verify(read_export(written)).whole
        (tmp_path / "ledger").write_bytes(written.encode())
        assert run(["verify", str(tmp_path / "ledger")]) == 0


@pytest.mark.parametrize("sign", [*BREAKS, "\n", "\r", "\0", "\x7f", "\u202e", "\u2066", "\ud800"])
def test_no_entry_holds_such_a_sign(sign):
    with pytest.raises(VaultError) as refused:
        ledger_text("purpose", f"a{sign}b")
    assert refused.value.code == "text-refused"


def test_a_kept_entry_is_read_as_it_was_copied():
    assert known_entry(" 306: " + "AB" * 32 + "\n") == (306, "ab" * 32)


def test_another_organizations_entry_and_a_broken_link_show():
    entries = chain(3)
    assert verify([*entries[:2], replace(entries[2], organization="x")]).code == "mixed"
    assert verify([*entries[:2], replace(entries[2], previous=FIRST)]).code == "unlinked"


def test_python_and_database_agree(store):
    org, clerk = company()
    for purpose in ("Jahresabschluß", "日本", 'quote " and \\ backslash', "a:b 3:xyz"):
        note(store, clerk, [org], "read", "stock 2024", purpose)
    entries = read_ledger(store, clerk, org, "audit")
    assert len(entries) == 5
    assert verify(entries).code == "whole"
    number, digest = head(store, clerk, org, "audit")
    assert number == 6  # reading the head is noted as well
    assert read_ledger(store, clerk, org, "audit")[5].hash == digest


def test_each_organization_has_numbers_of_its_own(store):
    (a, clerk_a), (b, clerk_b) = company(), company()
    assert note(store, clerk_a, [a, b], "release", "r1", "p") == {a: 1, b: 1}
    assert note(store, clerk_a, [a], "read", "", "p") == {a: 2}
    assert [e.number for e in read_ledger(store, clerk_b, b, "p")] == [1, 2]
    with pytest.raises(VaultError, match="not-yours"):
        read_ledger(store, clerk_b, a, "curious")


def test_owners_who_are_noted_apart_do_not_read_of_one_another(store):
    (a, clerk_a), (b, clerk_b), (c, clerk_c) = company(), company(), company()
    both = Reader("clerk", frozenset({a, b}))
    assert note(store, both, [a, b, c], "read", "", "p", apart=True) == {a: 1, b: 1, c: 1}
    assert note(store, both, [a, b, c], "read", "", "p") == {a: 2, b: 2, c: 2}
    for org, clerk, alone in ((a, clerk_a, a), (b, clerk_b, b), (c, clerk_c, "")):
        told = [entry.reader_organization for entry in read_ledger(store, clerk, org, "p")]
        assert told == [alone, " ".join(sorted([a, b])), org]


def test_entries_at_the_same_time_make_one_chain(store):
    from concurrent.futures import ThreadPoolExecutor

    org, clerk = company()
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda n: note(store, clerk, [org], "read", str(n), "p")[org], range(40)))
    assert sorted(numbers) == list(range(1, 41))
    assert verify(read_ledger(store, clerk, org, "p")).count == 41


def wait(cluster, org: str, steps: int) -> None:
    """Let steps of a release wait for a company's next entry; the last one noted was taken first."""
    cluster.admin(
        "INSERT INTO vault.ledger_waiting (organization, at, reader, reader_organization, action, subject, purpose) "
        f"SELECT '{org}', '2026-01-01Z'::timestamptz - n * interval '1 ms', 'r', '{org} x', 'release join', "
        f"'F-' || n, 'Größe: 3:x' FROM generate_series(1, {steps}) n"
    )


def waiting(cluster, org: str) -> int:
    return int(cluster.admin(f"SELECT count(*) FROM vault.ledger_waiting WHERE organization = '{org}'"))


def test_all_that_waits_takes_its_place_in_time_and_nothing_of_others(cluster, store):
    (a, clerk_a), (b, clerk_b) = company(), company()
    wait(cluster, a, 30)
    wait(cluster, b, 5)
    assert note(store, clerk_a, [a], "read", "", "p") == {a: 31}
    entries = read_ledger(store, clerk_a, a, "p")
    assert verify(entries).code == "whole"
    assert [e.subject for e in entries] == [*(f"F-{n}" for n in range(30, 0, -1)), "", ""]
    assert (waiting(cluster, a), waiting(cluster, b)) == (0, 5)
    wait(cluster, a, 2)
    assert note(store, Reader("clerk", frozenset({a, b})), [b, a], "read", "", "p") == {a: 35, b: 6}
    assert all(verify(read_ledger(store, clerk, org, "p")).whole for org, clerk in ((a, clerk_a), (b, clerk_b)))


def test_an_entry_reads_no_more_when_the_ledger_is_long_and_others_wait(cluster, store):
    (org, clerk), (other, _) = company(), company()

    def pages() -> int:
        wait(cluster, org, 3)
        told = cluster.admin(
            f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) SELECT vault.append('{org}', 'r', '', 'read', '', 'p')"
        )
        plan = json.loads(told)[0]["Plan"]
        return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]

    note(store, clerk, [org], "read", "", "p")
    few = pages()
    wait(cluster, org, 2000)
    note(store, clerk, [org], "read", "", "p")
    wait(cluster, other, 2000)
    assert pages() < few + 100


def test_the_command_verifies_an_export(tmp_path, capsys):
    entries = chain(3)
    file = tmp_path / "ledger.jsonl"
    file.write_text(export(entries), "utf-8")
    assert run(["verify", str(file), "--known", f"2:{entries[1].hash}"]) == 0
    said = capsys.readouterr().out
    assert f"3:{entries[2].hash}" in said and "entry 2 has the hash that you gave" in said
    file.write_text(export([*entries[:1], entries[2]]), "utf-8")
    assert run(["verify", str(file), "--language", "de"]) == 1
    assert "fehlt" in capsys.readouterr().out
    entry = json.loads(export(entries).splitlines()[0])
    for odd in ("", "[" * 100_000, *(json.dumps(entry | one) for one in (
        {"purpose": []}, {"purpose": "\ud800"}, {"number": "1"}, {"number": True}, {"previous": "x"}, {"more": 1}
    ))):  # fmt: skip
        file.write_text(odd, "utf-8")
        assert run(["verify", str(file)]) == 2
        assert "Traceback" not in (told := capsys.readouterr().err) and told.strip(), odd[:80]
    file.write_text("{}\n", "utf-8")
    bare = ([str(file)], [str(tmp_path)], [str(tmp_path / "none")])
    for wrong in (*bare, [str(file), "--known", "last"], [str(file), "--known", "2"]):
        assert run(["verify", *wrong]) == 2
        assert "Traceback" not in (told := capsys.readouterr().err) and told.strip()
    with pytest.raises(ValueError, match="line 1"):
        read_export(file.read_text("utf-8"))
