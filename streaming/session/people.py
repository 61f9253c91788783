"""Who is in a session, and who holds what."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from streaming.protocol import FIRST_PLAN_ID, Device, People, PersonState, RecordingState, ResectionState, Role

COLOURS: Final = ("#4f9dff", "#ff9f43", "#2ecc9b", "#ff6b9a", "#b08cff", "#ffd93d", "#5ad1e6", "#e07a5f")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody connected.

    Attributes:
        client_id: theirs for the session, also across a drop.
        display_name: printable, never empty.
        colour: "#rrggbb", by which others know them.
        device: what they look through.
        role: what they may do.
        plan_id: the plan they look at.
        last_sequence: of their newest preview; -1 before the first.
        has_raised_hand: they want to say something.
        is_presenting: others see what they look at; one person at a time.
    """

    client_id: str
    display_name: str
    colour: str
    device: Device
    role: Role
    plan_id: str = FIRST_PLAN_ID
    last_sequence: int = -1
    has_raised_hand: bool = False
    is_presenting: bool = False


class Attendance:
    """The people of a session, in the order they came.

    Args:
        names: what those were called who were here before, by their id.

    Attributes:
        recording: who has it recorded where they are; None while it is not.
    """

    _people: dict[str, Person]
    recording: RecordingState | None

    def __init__(self, names: Mapping[str, str] | None = None) -> None:
        self._people = {}
        self.recording = None
        self._names = dict(names or {})

    def __contains__(self, client_id: str) -> bool:
        """Whether this person is here."""
        return client_id in self._people

    def __getitem__(self, client_id: str) -> Person:
        """The person with this id; KeyError if they are not here."""
        return self._people[client_id]

    @property
    def client_ids(self) -> frozenset[str]:
        """Everybody."""
        return frozenset(self._people)

    def enter(self, client_id: str, *, display_name: str, device: Device, role: Role) -> None:
        """Somebody came, or came back under the same id."""
        name = "".join(letter for letter in display_name if letter.isprintable()).strip()
        self._names[client_id] = name or self._names.get(client_id) or self._guest()
        used = [person.colour for person in self._people.values() if person.client_id != client_id]
        self._people[client_id] = Person(
            client_id=client_id,
            display_name=self._names[client_id],
            colour=min(COLOURS, key=used.count),
            device=device,
            role=role,
        )

    def change_role(self, client_id: str, role: Role) -> None:
        """From now on they may do what the role may."""
        self._people[client_id] = replace(self._people[client_id], role=role)

    def _guest(self) -> str:
        """A name that nobody had: what "Guest 2" did is told long after they left."""
        taken = set(self._names.values())
        numbers = itertools.count(len(self._names) + 1)
        return next(f"Guest {number}" for number in numbers if f"Guest {number}" not in taken)

    def name_of(self, client_id: str) -> str:
        """What the person is, or was, called; empty if nobody knows them."""
        return self._names.get(client_id, "")

    def looks_at(self, client_id: str) -> str:
        """The plan that the person looks at, as far as they said."""
        person = self._people.get(client_id)
        return FIRST_PLAN_ID if person is None else person.plan_id

    def look(self, client_id: str, plan_id: str) -> None:
        """The person looks at another plan."""
        self._people[client_id] = replace(self._people[client_id], plan_id=plan_id)

    def raise_hand(self, client_id: str, is_raised: bool) -> bool:
        """Raises or takes down a hand; False where it is so already."""
        person = self._people[client_id]
        self._people[client_id] = replace(person, has_raised_hand=is_raised)
        return person.has_raised_hand != is_raised

    def present(self, client_id: str, is_presenting: bool) -> bool:
        """Somebody begins or ends to show their view; whoever did so before ends. False where it is so already."""
        if self._people[client_id].is_presenting == is_presenting:
            return False
        for one, person in self._people.items():
            presenting = is_presenting if one == client_id else person.is_presenting and not is_presenting
            self._people[one] = replace(person, is_presenting=presenting)
        return True

    def leave(self, client_id: str) -> bool:
        """Takes them out; False if they were not here."""
        return self._people.pop(client_id, None) is not None

    def is_newer(self, client_id: str, sequence: int) -> bool:
        """Whether a preview is newer than all before it from this person; remembers it if so."""
        person = self._people[client_id]
        if sequence <= person.last_sequence:
            return False
        self._people[client_id] = replace(person, last_sequence=sequence)
        return True

    def as_message(self, drags: Drags) -> People:
        """Everybody with what they hold."""
        people = tuple(self._state_of(person, drags) for person in self._people.values())
        return People(people=people, recording=self.recording)

    def _state_of(self, person: Person, drags: Drags) -> PersonState:
        drag = drags.of_person(person.client_id)
        return PersonState(
            client_id=person.client_id,
            display_name=person.display_name,
            colour=person.colour,
            device=person.device,
            role=person.role,
            holding=drag.resection.resection_id if drag else None,
            plan_id=person.plan_id,
            has_raised_hand=person.has_raised_hand,
            is_presenting=person.is_presenting,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Drag:
    """A held resection where the hand has it now.

    Attributes:
        number: tells two drags apart, also of one person.
        plan_id: the plan it is in.
        client_id: whose hand.
        sequence: of the newest preview.
        resection: where it is.
    """

    number: int
    plan_id: str
    client_id: str
    sequence: int
    resection: ResectionState


class Drags:
    """The live drags: a resection has one owner at most, and a person one drag."""

    _by_resection: dict[str, Drag]
    _count: int = 0

    def __init__(self) -> None:
        self._by_resection = {}
        self._told_held: set[tuple[str, str]] = set()

    def __iter__(self) -> Iterator[Drag]:
        """All live drags."""
        return iter(self._by_resection.values())

    def of_resection(self, resection_id: str) -> Drag | None:
        """The drag that holds the resection."""
        return self._by_resection.get(resection_id)

    def of_person(self, client_id: str) -> Drag | None:
        """What the person holds."""
        return next((drag for drag in self if drag.client_id == client_id), None)

    def held_by_other(self, resection_id: str, client_id: str) -> Drag | None:
        """The drag of somebody else that holds the resection."""
        drag = self.of_resection(resection_id)
        return drag if drag is not None and drag.client_id != client_id else None

    def hindering(self, client_id: str, resection_ids: tuple[str, ...]) -> Drag | None:
        """A drag of somebody else that holds one of these."""
        others = (drag for drag in self if drag.client_id != client_id)
        return next((drag for drag in others if drag.resection.resection_id in resection_ids), None)

    def in_plan_of_others(self, client_id: str, plan_id: str) -> Drag | None:
        """A drag of somebody else in the plan."""
        return next((drag for drag in self if drag.client_id != client_id and drag.plan_id == plan_id), None)

    def move(self, client_id: str, sequence: int, resection: ResectionState, plan_id: str) -> Drag:
        """Takes the resection, or moves it if the person holds it already.

        Raises:
            ValueError: somebody else holds it, or the person holds another one.
        """
        current = self.of_resection(resection.resection_id)
        if current is None:
            self._count += 1
        if current is not self.of_person(client_id):
            raise ValueError("one owner a resection, one drag a person")
        number = self._count if current is None else current.number
        drag = Drag(number=number, plan_id=plan_id, client_id=client_id, sequence=sequence, resection=resection)
        self._by_resection[resection.resection_id] = drag
        return drag

    def release(self, client_id: str) -> Drag | None:
        """Frees what the person holds."""
        drag = self.of_person(client_id)
        if drag is not None:
            resection_id = drag.resection.resection_id
            del self._by_resection[resection_id]
            self._told_held = {entry for entry in self._told_held if entry[1] != resection_id}
        return drag

    def is_first_refusal(self, client_id: str, resection_id: str) -> bool:
        """Whether the person was not yet told that this hold keeps them out: previews come at 60 Hz."""
        entry = (client_id, resection_id)
        is_first = entry not in self._told_held
        self._told_held.add(entry)
        return is_first
