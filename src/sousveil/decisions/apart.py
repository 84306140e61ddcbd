"""What others added to a record: shown apart from what its first publisher, or who acts in it, reports, with the name of who says it."""

from __future__ import annotations

from collections.abc import Iterable

from sousveil.decisions import lookup
from sousveil.register.views.reading import Reader, Record, property_label

MOST = 6
"""Values of one publisher that are written out."""


def others(reader: Reader, record: Record, own: Record, names: Iterable[str] = ()) -> list[str]:
    """One line for each publisher whose words stand in a record and not in its own part: "According to X: Outcome: all cleared".

    `names`: these properties alone.
    """
    stated: dict[str, list[str]] = {}
    for name in tuple(names) or tuple(record.by_property):
        kept = set(lookup.texts(own, name))
        for one in (claim for claim in record.stand(name) if claim.statement.value not in kept):
            reader.load([one.statement.value])
            shown = reader.display(one.statement.type, name, one.statement.value)[0]
            line = f"{property_label(one.statement.type, name)}: {shown}".rstrip(".")
            lines = stated.setdefault(reader.publisher(lookup.signer(reader, one)), [])
            if line not in lines:
                lines.append(line)
    for lines in stated.values():
        lines[MOST:] = [f"and {len(lines) - MOST} more"] if len(lines) > MOST else []
    return [f"According to {who}: {'; '.join(lines)}." for who, lines in sorted(stated.items())]
