"""Dataset types put together from shared field groups into complete schemas of ckanext-scheming.

A type (``schemas/datasets/<type>.yaml``) lists what it consists of: ``include: <file>`` or ``include:
<file>/<group>`` takes fields from ``schemas/fields``; ``group`` with ``fields`` adds its own; ``overrides``
changes single keys of a field for this type only. The result has nothing of this left: plain ``dataset_fields``
and ``resource_fields``, each field with ``section`` (title, folded), and ``vocabulary`` replaced by ``choices``.
No CKAN in here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ckanext.ierwohnen.indicators.source import SCHEMAS, CatalogueError, Problem, Source, read_yaml_file
from ckanext.ierwohnen.indicators.vocabulary import vocabulary

Field = dict[str, Any]
KINDS = ("dataset_fields", "resource_fields")

# Run on every dataset after its fields; see catalogue/validators.py.
AFTER = "iw_check_groups"


def is_composed(data: Any) -> bool:
    """Whether a schema names shared groups, and so has to be composed before scheming reads it."""
    if not isinstance(data, dict):
        return False
    return any("include" in e or "group" in e for kind in KINDS for e in data.get(kind) or [])


def compose(path: Path, fields_folder: Path = SCHEMAS / "fields") -> dict[str, Any]:
    """The complete scheming schema of a dataset type.

    :param path: the type's file
    :param fields_folder: where included files are looked for after the folder ``fields`` beside the type's own folder
    :raises CatalogueError: an include that leads nowhere, a field twice, an override of a field that is not there
    """
    source = read_yaml_file(path)
    folders = [path.parent.parent / "fields", path.parent, fields_folder]
    problems: list[Problem] = []
    schema = {k: v for k, v in source.data.items() if k not in (*KINDS, "overrides")}
    for kind in KINDS:
        if kind in source.data:
            schema[kind] = _fields(source, kind, folders, problems)
    _override(schema, source, problems)
    if problems:
        raise CatalogueError(problems)
    schema["after_validators"] = " ".join(filter(None, [schema.get("after_validators"), AFTER]))
    return schema


def _fields(source: Source, kind: str, folders: list[Path], problems: list[Problem]) -> list[Field]:
    result: list[Field] = []
    seen: set[str] = set()
    for i, entry in enumerate(source.data[kind] or []):
        for field in _entry(source, (kind, i), entry, folders, problems):
            name = field.get("field_name")
            if not name or name in seen:
                message = f"The field “{name}” is there twice." if name else "A field has no field_name."
                problems.append(source.problem((kind, i), message, "Name each field once."))
                continue
            seen.add(name)
            result.append(field)
    return result


def _entry(
    source: Source, at: tuple[str, int], entry: Field, folders: list[Path], problems: list[Problem]
) -> list[Field]:
    if "include" in entry:
        return _included(source, at, str(entry["include"]), folders, problems)
    if "group" in entry:
        return _group(entry)
    return [_finish(entry)]


def _included(
    source: Source, at: tuple[str, int], name: str, folders: list[Path], problems: list[Problem]
) -> list[Field]:
    file_name, _, wanted = name.partition("/")
    path = next((f / f"{file_name}.yaml" for f in folders if (f / f"{file_name}.yaml").is_file()), None)
    if path is None:
        problems.append(source.problem(at, f"There is no field file “{file_name}”.", "Look into schemas/fields."))
        return []
    groups = read_yaml_file(path).data["groups"]
    chosen = [g for g in groups if not wanted or g["group"] == wanted]
    if not chosen:
        known = ", ".join(g["group"] for g in groups)
        problems.append(source.problem(at, f"“{file_name}” has no group “{wanted}”.", f"It has: {known}."))
    return [field for group in chosen for field in _group(group)]


def _group(group: Field) -> list[Field]:
    section = {"id": group["group"], "title": group["title"], "folded": bool(group.get("folded"))}
    return [{**_finish(field), "section": section} for field in group["fields"]]


def _finish(field: Field) -> Field:
    """The field as scheming wants it: its vocabulary as choices, also in its subfields."""
    field = dict(field)
    named = field.pop("vocabulary", None)
    if named:
        field["choices"] = vocabulary(named["name"]).choices(named["value"])
        field["vocabulary_name"] = named["name"]
    if "repeating_subfields" in field:
        field["repeating_subfields"] = [_finish(sub) for sub in field["repeating_subfields"]]
    return field


def _override(schema: dict[str, Any], source: Source, problems: list[Problem]) -> None:
    by_name = {f["field_name"]: f for kind in KINDS for f in schema.get(kind, [])}
    for name, changes in (source.data.get("overrides") or {}).items():
        if name in by_name:
            by_name[name].update(changes)
        else:
            problems.append(
                source.problem(("overrides", name), f"There is no field “{name}”.", "Correct or remove the override.")
            )
