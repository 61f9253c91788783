"""A session without sockets, on a disk that may fail, and what each person in it knows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from streaming.planning.case_limits import CaseLimits
from streaming.protocol import (
    FIRST_PLAN_ID,
    SERVER_MESSAGE,
    ClientMessage,
    Committed,
    ConeShape,
    Gathered,
    Measured,
    Numbers,
    NumbersFailed,
    People,
    PersonPose,
    PlaneResectionState,
    PlanNumbers,
    Plans,
    PlanState,
    PreviewCancelled,
    Rejected,
    ResectionPreviewed,
    ResectionState,
    Role,
    ServerMessage,
    SpheroidShape,
    SurfaceResectionState,
    TerritoryResectionState,
    ThroughLine,
    WedgeResectionState,
)
from streaming.session.changes import Operation, SetResection
from streaming.session.effects import (
    Broadcast,
    Construct,
    Construction,
    Effect,
    Evaluate,
    Forget,
    Measure,
    Question,
    RecordPeople,
    Send,
    ShowPresence,
    Store,
)
from streaming.session.fold import Fold
from streaming.session.outbox import Outbox
from streaming.session.session import Session
from streaming.session.snapshot import decoded, encoded
from streaming.simulation.plain_numbers import plain_numbers

AT = "2026-01-02T03:04:05.000+00:00"
LIMITS = CaseLimits(segments=frozenset(range(1, 10)), portal_branches=frozenset({3}))


def _plane(resection_id: str, x: float) -> PlaneResectionState:
    return PlaneResectionState(resection_id=resection_id, point_lps_mm=(x, 0.0, 0.0), normal_lps=(1.0, 0.0, 0.0))


def _shaped(kind: str, resection_id: str, x: float) -> ResectionState:
    """A resection of the kind; x says where, or which one."""
    axis = (0.0, 0.0, 1.0)
    match kind:
        case "plane":
            return _plane(resection_id, x)
        case "surface":
            points = tuple((x + 10.0 * column, 10.0 * row, 0.0) for row in range(4) for column in range(4))
            return SurfaceResectionState(resection_id=resection_id, control_points_lps_mm=points)
        case "spheroid":
            ball = SpheroidShape(centre_lps_mm=(x, 0.0, 0.0), axis_lps=axis, radius_along_mm=9.0, radius_across_mm=8.0)
            return WedgeResectionState(resection_id=resection_id, geometry=ball, tumour="tumour_01", margin_mm=5.0)
        case "cone":
            cone = ConeShape(apex_lps_mm=(x, 0.0, 0.0), axis_lps=axis, half_angle_degrees=30.0, depth_mm=50.0)
            return WedgeResectionState(resection_id=resection_id, geometry=cone, tumour=None, margin_mm=None)
        case _:
            segments = (1 + int(x) % 9,)
            return TerritoryResectionState(resection_id=resection_id, segments=segments, portal_branches=(3,))


def _place(resection: ResectionState) -> float:
    """What tells the resection from others of its kind."""
    match resection:
        case PlaneResectionState():
            return resection.point_lps_mm[0]
        case SurfaceResectionState():
            return resection.control_points_lps_mm[0][0] + 1000.0
        case WedgeResectionState(geometry=SpheroidShape(centre_lps_mm=centre)):
            return centre[0] + 2000.0
        case WedgeResectionState(geometry=ConeShape(apex_lps_mm=apex)):
            return apex[0] + 3000.0
        case TerritoryResectionState():
            return resection.segments[0] + 4000.0
    raise AssertionError(resection)


def _numbers(question: Question) -> PlanNumbers:
    """Recognisable numbers: FLR is the sum of all places."""
    return plain_numbers(flr_percent=sum(_place(one) for one in question.resections))


FIRST = Operation(
    revision=1,
    operation_id="first",
    author="cantlie",
    at=AT,
    base_revision=0,
    change=SetResection(resection=_plane("resection-1", 0.0)),
)


class Client:
    """What one person knows, from messages alone."""

    def __init__(self) -> None:
        self.outbox = Outbox()
        self.plan = PlanState(revision=0, resections=())
        self.plans: dict[str, PlanState] = {}
        self.listed: Plans | None = None
        self.people: People | None = None
        self.previews: dict[str, ResectionPreviewed] = {}
        self.numbers: list[Numbers] = []
        self.acknowledged: dict[str, int] = {}
        self.rejected: list[Rejected] = []
        self.failures: list[NumbersFailed] = []
        self.measured: Measured | None = None
        self.measured_of: dict[str, Measured] = {}
        self.gathered: list[Gathered] = []

    def read(self) -> None:
        while (text := self.outbox.pop()) is not None:
            self.hear(SERVER_MESSAGE.validate_json(text))

    def hear(self, message: ServerMessage) -> None:
        match message:
            case PlanState():
                known = self.plans.get(message.plan_id)
                assert known is None or message.revision >= known.revision, "a plan never goes back"
                self.plans[message.plan_id] = message
                if message.plan_id == FIRST_PLAN_ID:
                    self.plan = message
            case Plans():
                assert self.listed is None or message.revision >= self.listed.revision, "the list never goes back"
                self.listed = message
            case People():
                self.people = message
            case ResectionPreviewed():
                self.previews[message.resection.resection_id] = message
            case PreviewCancelled():
                self.previews.pop(message.resection_id, None)
            case Numbers():
                self.numbers.append(message)
            case Measured():
                self.measured = self.measured_of[message.plan_id] = message
            case NumbersFailed():
                self.failures.append(message)
            case Committed():
                self.acknowledged[message.operation_id] = message.revision
            case Gathered():
                self.gathered.append(message)
            case Rejected():
                self.rejected.append(message)


class World:
    """A session with a disk that may fail, an evaluator that may lag, and lines that may be slow.

    Args:
        durable: what is on the disk.
        snapshot_at: how many of these a snapshot spares the session; it sees the rest, and finds all.
    """

    limits = LIMITS

    def __init__(self, durable: tuple[Operation, ...] = (FIRST,), snapshot_at: int = 0) -> None:
        self.disk = list(durable)
        start = decoded(encoded(Fold().after_all(durable[:snapshot_at])))
        self.session = Session(durable[snapshot_at:], self.limits, start=start, earlier=self._find)
        self.clients: dict[str, Client] = {}
        self.to_store: list[Operation] = []
        self.questions: list[Question] = []
        self.wishes: list[tuple[str, Construction]] = []
        self.to_measure: list[Measure] = []
        self.seen: dict[str, PersonPose | None] = {}
        self.records = False
        self.do(self.session.start())

    def _find(self, operation_id: str) -> Operation | None:
        return next((one for one in self.disk if one.operation_id == operation_id), None)

    def do(self, effects: list[Effect]) -> None:  # noqa: PLR0912 - one branch a kind of effect
        for effect in effects:
            match effect:
                case Send(client_id=client_id, message=message, topic=topic):
                    self.clients[client_id].outbox.put(message.model_dump_json(), topic)
                case Broadcast(message=message, topic=topic, except_client=left_out):
                    for client_id, client in self.clients.items():
                        if client_id != left_out:
                            client.outbox.put(message.model_dump_json(), topic)
                case Forget(topic=topic):
                    for client in self.clients.values():
                        client.outbox.forget(topic)
                case Store(operation=operation):
                    self.to_store.append(operation)
                case Evaluate(question=question):
                    self.questions.append(question)
                case Measure() as measure:
                    self.to_measure.append(measure)
                case Construct(client_id=client_id, wish=wish):
                    self.wishes.append((client_id, wish))
                case ShowPresence(client_id=client_id, pose=pose):
                    self.seen[client_id] = pose
                case RecordPeople(is_recording=is_recording):
                    self.records = is_recording
                case _:
                    raise AssertionError(effect)

    def join(self, name: str, *, display_name: str | None = None, role: Role = "owner") -> Client:
        self.clients[name] = Client()
        called = name if display_name is None else display_name
        self.do(self.session.join(name, display_name=called, device="desktop", role=role))
        return self.clients[name]

    def leave(self, name: str) -> None:
        del self.clients[name]
        self.do(self.session.leave(name))

    def say(self, name: str, message: ClientMessage) -> list[Effect]:
        effects = self.session.receive(name, message, at=AT)
        self.do(effects)
        return effects

    def store_one(self) -> None:
        operation = self.to_store.pop(0)
        self.disk.append(operation)
        self.do(self.session.stored(operation))

    def fail_to_store(self) -> None:
        operation = self.to_store[0]
        self.to_store.clear()
        self.do(self.session.not_stored(operation, what="The disk is full.", cure="Free some space."))

    def answer_one(self, index: int = 0) -> None:
        self.answer(self.questions.pop(index))

    def answer(self, question: Question) -> None:
        self.do(self.session.answered(question, _numbers(question)))

    def make_one(self, index: int = 0) -> None:
        """Makes a wish true: the surface lies where the line begins."""
        name, wish = self.wishes.pop(index)
        assert isinstance(wish, ThroughLine)
        made = _shaped("surface", wish.resection_id, wish.points_lps_mm[0][0])
        self.do(self.session.constructed(name, wish, made, at=AT))

    def settle(self) -> None:
        while self.wishes:
            self.make_one()
        while self.to_store:
            self.store_one()
        while self.questions:
            self.answer_one()
        for client in self.clients.values():
            client.read()


def _world(*names: str) -> World:
    world = World()
    for name in names:
        world.join(name)
    world.settle()
    return world


@pytest.fixture(scope="session")
def first() -> Operation:
    """What every disk begins with."""
    return FIRST


@pytest.fixture(scope="session")
def new_world() -> type[World]:
    """Makes a world with nobody in it, of the operations on a disk."""
    return World


@pytest.fixture(scope="session")
def world_of() -> Callable[..., World]:
    """Makes a world of the people named, settled."""
    return _world


@pytest.fixture(scope="session")
def plane() -> Callable[[str, float], PlaneResectionState]:
    """Makes a plane of an id at an x."""
    return _plane


@pytest.fixture(scope="session")
def shaped() -> Callable[[str, str, float], ResectionState]:
    """Makes a resection of a kind, an id and an x."""
    return _shaped


@pytest.fixture(scope="session")
def place_of() -> Callable[[ResectionState], float]:
    """Tells what sets a resection apart from others of its kind."""
    return _place
