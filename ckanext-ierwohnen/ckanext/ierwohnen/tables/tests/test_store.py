"""DataStore tables are filled fast and swapped whole."""

from __future__ import annotations

import threading
import uuid

import pytest

pytestmark = [pytest.mark.usefixtures("with_plugins"), pytest.mark.ckan_config("ckan.plugins", "datastore")]


@pytest.fixture
def resource_id():
    from ckanext.ierwohnen.tables import store

    name = str(uuid.uuid4())
    yield name
    store.remove(name)


def fill(resource_id: str, rows: list[bytes], search: bool = True) -> None:
    from ckanext.ierwohnen.tables import store

    staged = store.staged_name(str(uuid.uuid4()))
    columns = [store.StoreColumn("Nr", "text", {"label": "Nr"}), store.StoreColumn("Wert: 1", "numeric")]
    with store.writing() as cursor:
        store.create(cursor, staged, columns)
        assert store.copy(cursor, staged, ["Nr", "Wert: 1"], rows, "FORMAT csv, NULL ''") == len(rows)
        store.finish(cursor, staged, search=search)
    with store.writing() as cursor:
        store.swap(cursor, staged, resource_id, len(rows))


def values(resource_id: str) -> list[tuple]:
    from ckanext.ierwohnen.tables import store

    with store.writing() as cursor:
        cursor.execute(f'SELECT _id, "Nr", "Wert: 1" FROM "{resource_id}" ORDER BY _id')
        return cursor.fetchall()


def test_swap_puts_the_new_table_in_place_with_ids_from_one(resource_id):
    fill(resource_id, [b"01,5.2\n", b"02,\n"])
    fill(resource_id, [b"03,7\n"])
    assert [(n, key, value and float(value)) for n, key, value in values(resource_id)] == [(1, "03", 7.0)]


def test_swap_keeps_aliases(resource_id):
    from ckanext.ierwohnen.tables import store

    fill(resource_id, [b"01,5.2\n"])
    alias = f"alias_{uuid.uuid4().hex}"
    with store.writing() as cursor:
        cursor.execute(f'CREATE VIEW "{alias}" AS SELECT * FROM "{resource_id}"')
    fill(resource_id, [b"02,7\n"])
    with store.writing() as cursor:
        cursor.execute(f'SELECT "Nr" FROM "{alias}"')
        assert cursor.fetchall() == [("02",)]


def test_the_swapped_table_takes_new_rows_and_indexes_them(resource_id):
    """CKAN's own trigger and sequence work on it: `datastore_upsert` would do the same."""
    from ckanext.ierwohnen.tables import store

    fill(resource_id, [b"01,5.2\n"])
    with store.writing() as cursor:
        cursor.execute(f'INSERT INTO "{resource_id}" ("Nr") VALUES (%s) RETURNING _id, _full_text', ["Altstadt"])
        number, text = cursor.fetchone()
        assert number == 2 and "altstadt" in text.lower()


def test_search_index_of_a_large_table_is_made_afterwards_and_again(resource_id):
    from ckanext.ierwohnen.tables import store

    fill(resource_id, [f"Ort{n},{n}\n".encode() for n in range(50)], search=False)
    store.index_search(resource_id)
    store.index_search(resource_id)
    with store.writing() as cursor:
        cursor.execute(f"SELECT count(*) FROM \"{resource_id}\" WHERE _full_text @@ to_tsquery('ort7')")
        assert cursor.fetchone() == (1,)
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE indexname = %s", [store.search_index_name(resource_id)])
        assert cursor.fetchone() == (1,)


def test_what_goes_wrong_while_the_rows_are_made_is_told_as_it_is(resource_id):
    from ckanext.ierwohnen.tables import store

    def rows():
        yield b"01,5.2\n"
        raise LookupError("row 2")

    with pytest.raises(LookupError, match="row 2"), store.writing() as cursor:
        store.create(cursor, "_iw_test", [store.StoreColumn("Nr", "text"), store.StoreColumn("Wert", "numeric")])
        store.copy(cursor, "_iw_test", ["Nr", "Wert"], rows(), "FORMAT csv, NULL ''")
    with store.writing() as cursor:
        assert not store.exists(cursor, "_iw_test")


def test_staged_tables_are_hidden_from_the_datastore(resource_id):
    from ckanext.ierwohnen.tables import store

    staged = store.staged_name(str(uuid.uuid4()))
    with store.writing() as cursor:
        store.create(cursor, staged, [store.StoreColumn("a", "text")])
        cursor.execute("SELECT count(*) FROM _table_metadata WHERE name = %s", [staged])
        assert cursor.fetchone() == (0,)
        store.drop_staged(cursor, staged)


def test_readers_see_the_old_table_or_the_new_one_and_nothing_between(resource_id):
    """Five readers count while the table is swapped eight times: each count is that of a whole version."""
    from ckanext.datastore.backend.postgres import get_read_engine

    fill(resource_id, [b"a,1\n"] * 10)
    stop, seen, failures = threading.Event(), set(), []

    def read() -> None:
        while not stop.is_set():
            try:
                with get_read_engine().connect() as connection:
                    seen.add(connection.exec_driver_sql(f'SELECT count(*) FROM "{resource_id}"').scalar())
            except Exception as error:
                failures.append(error)
                return

    readers = [threading.Thread(target=read) for _ in range(5)]
    for reader in readers:
        reader.start()
    for size in range(11, 19):
        fill(resource_id, [b"a,1\n"] * size)
    stop.set()
    for reader in readers:
        reader.join()
    assert not failures
    assert seen <= set(range(10, 19)) and len(seen) > 1


def test_several_queries_see_one_state(resource_id):
    """A publication that is swapped in between the queries of a reader makes it read again."""
    from ckanext.ierwohnen.tables import store
    from ckanext.ierwohnen.tables.one_state import one_state

    fill(resource_id, [b"01,5.2\n"])
    seen = []

    def read():
        found = []
        for _ in range(2):
            with store.writing() as cursor:
                cursor.execute(f'SELECT "Nr" FROM "{resource_id}"')
                found.append(cursor.fetchone()[0])
            if not seen:
                seen.append("the first time")
                fill(resource_id, [b"02,5.3\n"])
        return found

    assert one_state(resource_id, read) == ["02", "02"]


def test_a_column_of_the_state_before_is_no_error_of_the_reader(resource_id):
    import ckan.plugins.toolkit as tk

    from ckanext.ierwohnen.tables.one_state import TRIES, one_state

    fill(resource_id, [b"01,5.2\n"])
    asked = []

    def read():
        asked.append(1)
        if len(asked) == 1:
            fill(resource_id, [b"02,5.3\n"])
            raise tk.ValidationError({"query": ["Invalid query"]})
        return "read"

    assert one_state(resource_id, read) == "read" and len(asked) == 2

    def always():
        fill(resource_id, [b"02,5.3\n"])

    with pytest.raises(tk.ValidationError, match="being put in place"):
        one_state(resource_id, always)
    with pytest.raises(tk.ValidationError, match="Invalid"):
        one_state(resource_id, lambda: asked.clear() or invalid())
    assert TRIES > 2


def invalid():
    import ckan.plugins.toolkit as tk

    raise tk.ValidationError({"query": ["Invalid query"]})
