"""An exact attacker, written apart from the room: it reads published tables, records and parent maps, and
nothing else.

Every joint category ("leaf") of all dimensions is an unknown ≥ 0, but for categories of two dimensions that never meet:
everybody has the map. Each published figure is an equation on leaves. A contributor knows its own records, and every
cell that nobody else is in. Two deliveries share the leaves whose records are the same; a changed leaf is what stayed
plus what was added, and was what stayed plus what was removed. Zeros are published: who sees a count kept secret knows
that it is at least 1.

What has changed hands is known to all who held it. What others have in a cell cannot be kept from a contributor any
more if a place with the same records of others was published before: nothing of it is asked then.

To be protected: the places of the tables, what was added to and removed from them, the smallest differences of areas of
one table and another (by trying all subsets), and what shown figures of a release that stands alone make up, for a
contributor less what is only its own.

Amounts are scaled to integers and reckoned exactly (`exact.py`). A cell counts as protected only if a filling of
the leaves was found that reaches its level. That a place is empty is taken as known: true zeros are published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from itertools import combinations, permutations, product

from . import published
from .exact import MOST, made_up, sums_known
from .fillings import TOLERANCE, Net, Program
from .published import COUNT, Figure, Leaf, Publication, Record, Rules, level, parts_of, reasons

Parents = Mapping[str, Mapping[str, str | None]]


@dataclass
class _Cell:
    """A sum of unknowns: a place of a table, or what was added to or removed from one."""

    name: str
    members: frozenset[int]
    records: tuple[Record, ...]
    kind: str = "place"
    group: bool = False
    last: bool = True


@dataclass(frozen=True)
class Leak:
    """A cell that somebody can estimate too well."""

    cell: str
    attacker: str
    reached: Fraction | None
    needed: Fraction


@dataclass
class Attack:
    """All that one audience has ever seen of one measure, as equations on leaves."""

    publications: Sequence[Publication]
    dims: tuple[str, ...]
    parents: Parents
    measure: str
    rules: Rules
    truth: list[int] = field(default_factory=list)
    tenures: list[list[Sequence[Record]]] = field(default_factory=list)
    holders: list[list[dict[str, int]]] = field(default_factory=list)
    cells: list[_Cell] = field(default_factory=list)
    known: set[int] = field(default_factory=set)
    filled: set[int] = field(default_factory=set)
    links: list[dict[int, int]] = field(default_factory=list)
    nets: list[Net] = field(default_factory=list)

    def leaks(self, owners: Iterable[str], only_sums: bool = False) -> list[Leak]:
        """Published figures that are wrong, sensitive cells that are shown or can be estimated too well.

        only_sums: of these only sums that can be reckoned out.
        """
        self._read()
        problem = _Problem(self)
        attackers = [frozenset(), *(frozenset({o}) for o in sorted(owners)), *self.rules.coalitions]
        search = problem.reckoned if only_sums else problem.leaks
        return [leak for attacker in attackers for leak in search(attacker)]

    def _read(self) -> None:
        deliveries: list[tuple[Record, ...]] = []
        for p in self.publications:
            if not any(p.records is d for d in deliveries):
                deliveries.append(p.records)
        leaves = self._possible(deliveries)
        variables: dict[tuple, int] = {}
        at: list[dict[Leaf, int]] = []
        for records in deliveries:
            content: dict[Leaf, list[Record]] = {leaf: [] for leaf in leaves}
            for r in records:
                content[r.leaf].append(r)
            index = {}
            for leaf, mine in content.items():
                key = (leaf, tuple(sorted(r.content(self.measure) for r in mine)))
                if key not in variables:
                    variables[key] = self._variable(mine)
                self.tenures[variables[key]].append(mine)
                self.holders[variables[key]].append(parts_of(mine, self.measure))
                index[leaf] = variables[key]
            at.append(index)
        for p in self.publications:
            number = next(i for i, d in enumerate(deliveries) if d is p.records)
            for f in p.figures:
                if f.measure == self.measure:
                    self._place(f, p.records, at[number], p is self.publications[-1])
        for number, records in enumerate(deliveries):
            self._differences(records, at[number])
        for new in range(len(deliveries)):
            for old in range(new):
                self._change(deliveries[old], deliveries[new], at[old], at[new], deliveries)

    def _possible(self, deliveries) -> list[Leaf]:
        """Leaves but for those with categories of two dimensions that never meet, in no delivery."""
        leaves = product(*(self._below(d, None) for d in self.dims))
        open_ = [i for i, d in enumerate(self.dims) if d not in self.rules.groups]
        meet = {(i, j, r.leaf[i], r.leaf[j]) for d in deliveries for r in d for i, j in combinations(open_, 2)}
        return [x for x in leaves if all((i, j, x[i], x[j]) in meet for i, j in combinations(open_, 2))]

    def _differences(self, records, at: Mapping[Leaf, int]) -> None:
        """Cells of their own for what areas of one table hold beyond all areas of another that lie inside them.

        Tables of other deliveries count as well: what did not change is known from them.
        """
        places = {place for p in self.publications for place in self._shared_places(p.records)}
        shapes = {tuple(sorted(d for d, _ in place)) for place in places}
        cuts = [[frozenset(g) for g in self._pieces(shape, at)] for shape in sorted(shapes)]
        found = {g for cut in cuts for g in cut}
        for one, other in permutations(cuts, 2):
            for chosen in product((False, True), repeat=len(one)):
                outer = frozenset().union(*(g for g, c in zip(one, chosen, strict=True) if c))
                found.add(outer.difference(*(g for g in other if g <= outer)))
        for z in sorted(found, key=sorted):
            mine = tuple(r for r in records if r.leaf in z)
            if mine and not any(x < z for x in found if x):
                self.cells.append(_Cell(f"difference {sorted(z)}", frozenset(at[x] for x in z), mine, "difference"))
        for z in made_up([self.cells[i].members for i in sorted(self.known)]) if len(self.publications) == 1 else ():
            self.cells.append(_Cell(f"sum {sorted(z)}", z, tuple(r for r in records if at[r.leaf] in z), "difference"))

    def _pieces(self, shape: Sequence[str], at: Mapping[Leaf, int]) -> list[list[Leaf]]:
        found: dict[tuple[str, ...], list[Leaf]] = {}
        for leaf in at:
            found.setdefault(tuple(leaf[self.dims.index(d)] for d in shape), []).append(leaf)
        return list(found.values())

    def _variable(self, records: Sequence[Record]) -> int:
        self.truth.append(sum(r.amount[self.measure] for r in records))
        self.tenures.append([records])
        self.holders.append([parts_of(records, self.measure)])
        return len(self.truth) - 1

    def told_to(self, cell: _Cell, attacker: frozenset[str]) -> Sequence[Record]:
        """A cell's records, each leaf as it was when the attacker held most of it: what it held once, it knows."""
        found: list[Record] = []
        for held in (self.tenures[v] for v in cell.members if self.tenures[v][0]):
            now = [r for r in cell.records if r.leaf == held[0][0].leaf]
            found += max([now, *held], key=lambda rs: sum(r.amount[self.measure] for r in rs if r.owner in attacker))
        return found

    def _below(self, dim: str, code: str | None) -> list[str]:
        tree = self.parents[dim]
        inner = {p for p in tree.values() if p}
        leaves = [c for c in tree if c not in inner]
        return leaves if code is None else [c for c in leaves if code in self._above(dim, c)]

    def _above(self, dim: str, code: str) -> list[str]:
        chain = [code]
        while (up := self.parents[dim].get(chain[-1])) is not None:
            chain.append(up)
        return [*chain, "Total"]

    def _inside(self, place: Sequence[tuple[str, str]], leaf: Leaf) -> bool:
        return all(code in self._above(d, leaf[self.dims.index(d)]) for d, code in place)

    def _place(self, figure: Figure, records: Sequence[Record], at: Mapping[Leaf, int], last: bool) -> None:
        inside = {leaf for leaf in at if self._inside(figure.place, leaf)}
        mine = tuple(r for r in records if r.leaf in inside)
        group = bool(mine or figure.value is None) and self.grouped(figure.place, records)
        cell = _Cell(str(dict(figure.place)), frozenset(at[leaf] for leaf in inside), mine, "place", group, last)
        true = sum(self.truth[v] for v in cell.members)
        if figure.value is not None:
            assert figure.value == true, (cell.name, figure.value, true)
            self.known.add(len(self.cells))
        elif mine:
            self.filled.add(len(self.cells))
        self.cells.append(cell)

    def grouped(self, place: Sequence[tuple[str, str]], records: Sequence[Record]) -> bool:
        """Whether a place tells of every record above it that it is, or is not, in one sensitive category."""
        for d, code in place:
            if code == "Total" or d not in self.rules.groups:
                continue
            at = self.dims.index(d)
            others = [p for p in place if p[0] != d]
            above = [r for r in records if self._inside(others, r.leaf)]
            held = {r.leaf[at] for r in above}
            if len(held) == 1 and held <= self.rules.groups[d]:
                return True
        return False

    def _change(self, old, new, at_old, at_new, deliveries) -> None:
        """Unknowns for what was removed and added where a leaf changed; a cell of each for every shared place."""
        gone: dict[Leaf, int] = {}
        come: dict[Leaf, int] = {}
        lost, won = published.missing(old, new, self.measure), published.missing(new, old, self.measure)
        for leaf in at_old:
            if at_old[leaf] != at_new[leaf]:
                gone[leaf] = self._variable([r for r in lost if r.leaf == leaf])
                come[leaf] = self._variable([r for r in won if r.leaf == leaf])
                stayed = self._variable(published.without([r for r in old if r.leaf == leaf], lost))
                self.links.append({at_new[leaf]: 1, stayed: -1, come[leaf]: -1})
                self.links.append({at_old[leaf]: 1, stayed: -1, gone[leaf]: -1})
        places = [self._shared_places(d) for d in (old, new)]
        for place in sorted(places[0] & places[1]):
            inside = [leaf for leaf in gone if self._inside(place, leaf)]
            rows_of = [[r for r in rows if r.leaf in inside] for rows in (won, lost)]
            if all(rows_of):
                known = [come[x] for x in inside], [gone[x] for x in inside]
                self.nets.append(Net.of(f"±{dict(place)}", *known, *rows_of, self.measure))
            for side, rows, index in (("-", lost, gone), ("+", won, come)):
                mine = tuple(r for r in rows if r.leaf in inside)
                if mine:
                    members = frozenset(index[leaf] for leaf in inside)
                    self.cells.append(_Cell(f"{side}{dict(place)}", members, mine, "change"))

    def _shared_places(self, records) -> set[tuple[tuple[str, str], ...]]:
        return {
            tuple(sorted(f.place))
            for p in self.publications if p.records is records
            for f in p.figures if f.measure == self.measure
        }  # fmt: skip


class _Problem:
    """The attack with unknowns that always stand together added up; fillings found serve several attackers."""

    def __init__(self, attack: Attack) -> None:
        self.attack = attack
        signs: dict[tuple, list[int]] = {}
        for v in range(len(attack.truth)):
            inside = tuple(i for i, c in enumerate(attack.cells) if v in c.members)
            nets = tuple(net.sign(v) for net in attack.nets)
            signs.setdefault((inside, nets, tuple(link.get(v, 0) for link in attack.links)), []).append(v)
        self.groups = list(signs.values())
        where = {v: g for g, members in enumerate(self.groups) for v in members}
        self.value = [sum(attack.truth[v] for v in g) for g in self.groups]
        self.rows = [sorted({where[v] for v in c.members}) for c in attack.cells]
        self.links = [{g: n for g, n in _summed(link, where).items() if n} for link in attack.links]
        self.count = attack.measure == COUNT
        self.moves: list[tuple[list[int], int]] = []
        self.least = set(attack.filled) if self.count else set()
        self.seen = {n for i in self.least if (n := _names(attack.cells[i]))}  # they have come to a place seen filled
        self.why = [reasons(c.records, attack.measure, attack.rules, c.group) for c in attack.cells]

    def leaks(self, attacker: frozenset[str]) -> list[Leak]:
        a = self.attack
        low = [sum(_most(a.holders[v], attacker) for v in g) for g in self.groups]
        fixed = set(a.known)
        alone = self._alone(attacker)
        fixed |= alone
        least = {i for i in self.least if i not in fixed}
        program, found = None, []
        done: dict[tuple, Fraction] = {}
        latest = {i for i in a.known - alone if a.cells[i].last and any(self.value[g] for g in self.rows[i])}
        before = [c for i, c in enumerate(a.cells) if i in a.known and not c.last]
        told = {tuple(_others(c, a.measure, who)) for c in before for who in (attacker, frozenset())}
        rest = {v for v, x in enumerate(a.truth) if x > _most(a.holders[v], attacker)}
        seen = {c.members & rest for c in before}
        for i, cell in enumerate(a.cells):
            if any(cell.members <= a.cells[j].members for j in alone):
                continue  # all of it is the attacker's own, or was; it knows what is empty there
            why = self.why[i]
            if i in a.known and cell.kind == "place" and why:
                found.append(Leak(cell.name, _name(attacker), Fraction(0), Fraction(1)))
                continue
            need = level(cell.records, a.measure, a.rules, attacker, why, a.told_to(cell, attacker)) if why else 0
            if need <= 0:
                continue
            left = [tuple(_others(cell, a.measure, who)) for who in (attacker, frozenset())]
            if any(x and x in told for x in left) or (cell.records and cell.members & rest in {frozenset(), *seen}):
                continue  # or nothing else than what it holds, or held
            given = not (cell.last and cell.kind == "place")  # not asked for by the last release
            whole = why == {"group_disclosure"} and cell.records  # less must be possible, not more
            key = given, bool(whole), *self.rows[i]
            if done.get(key, Fraction(-1)) >= need:
                continue
            done[key] = need
            moved = cell.kind == "change" and _names(cell) in self.seen  # so they are known to have left another
            floor = max(sum(low[g] for g in self.rows[i]), 1 if i in least or moved else 0)
            down = min(need, Fraction(sum(self.value[g] for g in self.rows[i]) - floor))
            for sign, amount in ((1, 0 if whole else need), (-1, down)):
                if amount <= 0 or self._shown(self.rows[i], sign, amount, low, fixed, least):
                    continue
                program = program or Program(self, low, fixed, least)
                reached = program.reach(self.rows[i], sign, amount)
                if sign < 0 and reached is not None and reached < amount:  # whether a cell is empty is never secret
                    zeros = {j for j in a.known if not any(self.value[g] for g in self.rows[j])}
                    bare = Program(self, low, fixed - a.known | zeros, least)
                    possible = bare.reach(self.rows[i], sign, amount)
                    amount = amount if possible is None else min(amount, possible)
                if given and reached is not None and reached < amount:  # earlier ones told it: no more must be told
                    nothing = Program(self, low, fixed - latest, least | (latest if self.count else set()))
                    possible = nothing.reach(self.rows[i], sign, amount)
                    amount = amount if possible is None else min(amount, possible)
                if reached is not None and reached < amount * (1 - TOLERANCE):
                    found.append(Leak(cell.name, _name(attacker), reached * sign, amount))
        lasting = cache(lambda: Program(self, low, fixed, least))
        before_it = cache(lambda: Program(self, low, fixed - latest, least | (latest if self.count else set())))
        for net in a.nets:
            signs = {g: net.sign(members[0]) for g, members in enumerate(self.groups) if net.sign(members[0])}
            if any(r.owner not in attacker for r in net.records):
                short = net.open(signs, a.measure, a.rules, attacker, (lasting, before_it))
                found += [Leak(net.name, _name(attacker), *short)] if short else []
        return found + (self.reckoned(attacker) if len(a.publications) == 1 else [])

    def _alone(self, attacker: frozenset[str]) -> set[int]:
        """Cells in which nobody else is."""
        cells = enumerate(self.attack.cells)
        return {i for i, c in cells if c.records and all(r.owner in attacker for r in c.records)}

    def reckoned(self, attacker: frozenset[str]) -> list[Leak]:
        """Sums that shown figures of one release come to, less the cells in which nobody else is."""
        a = self.attack
        own = frozenset().union(*(a.cells[i].members for i in self._alone(attacker)))
        shown = [a.cells[i].members for i in sorted(a.known)]
        public = sums_known(shown) if own else []
        if own and len({tuple(v in s for s in shown) for v in frozenset().union(*shown)}) > MOST:
            return []  # not all of them were tried
        told = {z - own for z in public}  # of these the rules speak as of shown cells
        found = []
        for z in sums_known([s - own for s in shown]):
            if z in told:
                continue
            records = [r for v in sorted(z) for r in a.tenures[v][0]]
            need = level(records, a.measure, a.rules, attacker)
            if need > 0:
                found.append(Leak(f"sum {sorted(z)}", _name(attacker), Fraction(0), need))
        return found

    def _shown(self, row, sign: int, amount: Fraction, low, fixed, least) -> bool:
        """Whether a filling found before, or its opposite, reaches the amount for this attacker as well."""
        for move, d in self.moves:
            got = sum(move[g] for g in row)
            for turn in (1, -1):
                if turn * sign * got < amount * d:
                    continue
                fits = all((x - lo) * d + turn * m >= 0 for x, lo, m in zip(self.value, low, move, strict=True))
                if (
                    fits
                    and all(sum(move[g] for g in self.rows[i]) == 0 for i in fixed)
                    and all(sum(self.value[g] * d + turn * move[g] for g in self.rows[i]) >= d for i in least)
                ):
                    return True
        return False


def _most(holders: Sequence[Mapping[str, int]], attacker: frozenset[str]) -> int:
    """What these owners have, or had before it changed hands, of a leaf."""
    return max(sum(x for o, x in h.items() if o in attacker) for h in holders)


def _others(cell: _Cell, measure: str, attacker: frozenset[str]) -> list[tuple]:
    """The records in a cell that are not the attacker's."""
    return sorted(r.content(measure) for r in cell.records if r.owner not in attacker)


def _names(cell: _Cell) -> frozenset[str]:
    """The lasting names of a cell's records; empty if one has none."""
    found = frozenset(r.name for r in cell.records)
    return frozenset() if "" in found else found


def _summed(link: Mapping[int, int], where: Mapping[int, int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for v, n in link.items():
        found[where[v]] = n  # members of a group have the same sign in every link
    return found


def _name(attacker: frozenset[str]) -> str:
    return " + ".join(sorted(attacker)) or "outsider"
