"""A simulated client: what the page knows, and what it does about a lost connection.

As in `headset_client/src/session`: changes are queued until they are answered, whatever happens to the line, and said
again in order after joining.
"""

from __future__ import annotations

from typing import Final

from streaming.protocol import (
    FIRST_PLAN_ID,
    Committed,
    Measured,
    Numbers,
    NumbersFailed,
    People,
    PlanEntry,
    Plans,
    PlanState,
    PreviewCancelled,
    Rejected,
    ResectionPreviewed,
    ServerMessage,
)
from streaming.simulation.edits import SimulatedEdit, Situation

WINDOW: Final = 64
"""Changes under way at once, as in the page: who was offline for long must not fill the server with answers."""


class BrokenPromiseError(AssertionError):
    """A client was told something that must not be."""


class Person:
    """Somebody with a page.

    Args:
        name: also their client id.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.plans: Plans | None = None
        self.states: dict[str, PlanState] = {}
        self.looks_at = FIRST_PLAN_ID
        self.people: People | None = None
        self.previews: dict[str, ResectionPreviewed] = {}
        self.numbers: dict[str, Numbers | NumbersFailed] = {}
        self.measured: dict[str, Measured] = {}
        self.unanswered: dict[str, SimulatedEdit] = {}
        self.acknowledged: dict[str, int] = {}
        self.rejected: dict[str, str] = {}
        self.sequence = 0
        self._said: set[str] = set()
        self._made = 0
        self._at_least = 0

    def situation(self) -> Situation | None:
        """What the person knows of the plan they look at, for a change that was never made before."""
        if self.plans is None:
            return None
        plan = self.plan
        state = self.states.get(plan.plan_id)
        self._made += 1
        return Situation(
            operation_id=f"{self.name}-{self._made}",
            plan=plan,
            base_revision=0 if state is None else state.revision,
            listed=self.plans.revision,
        )

    @property
    def plan(self) -> PlanEntry:
        """The plan that the person looks at, or the first there is."""
        assert self.plans is not None
        known = {one.plan_id: one for one in self.plans.plans}
        return known.get(self.looks_at, self.plans.plans[0])

    def connected(self) -> None:
        """A line is there: what was true on the last one is not known any more."""
        self.previews.clear()
        self.numbers.clear()
        self.measured.clear()
        self.looks_at = FIRST_PLAN_ID
        self._said.clear()
        # Whatever happened to the server, it has what it once acknowledged.
        self._at_least = max(self.acknowledged.values(), default=0)
        self.sequence = 0

    def due(self) -> list[SimulatedEdit]:
        """Changes to say now: in order, each once a line, and not too many at once."""
        room = WINDOW - len(self._said)
        if room <= 0 or len(self._said) == len(self.unanswered):
            return []
        waiting = [edit for name, edit in self.unanswered.items() if name not in self._said][:room]
        self._said.update(edit.operation_id for edit in waiting)
        return waiting

    def say_again(self) -> None:
        """Nothing was heard for long: what is unanswered may be lost."""
        self._said.clear()

    def hear(self, message: ServerMessage) -> None:  # noqa: PLR0912 - one branch a kind of message
        """A message arrived.

        Raises:
            BrokenPromiseError: it contradicts an earlier one.
        """
        match message:
            case Plans():
                if message.revision < self._at_least:
                    raise BrokenPromiseError(
                        f"{self.name} was shown revision {message.revision} after {self._at_least}"
                    )
                self._at_least = message.revision
                self.plans = message
            case PlanState():
                known = self.states.get(message.plan_id)
                if known is not None and message.revision < known.revision:
                    raise BrokenPromiseError(f"{self.name} was shown an older {message.plan_id} after a newer one")
                self.states[message.plan_id] = message
            case People():
                self.people = message
            case ResectionPreviewed():
                self.previews[message.resection.resection_id] = message
            case PreviewCancelled():
                self.previews.pop(message.resection_id, None)
            case Numbers() | NumbersFailed():
                if message.preview_by is None:
                    self.numbers[message.plan_id] = message
            case Measured():
                self.measured[message.plan_id] = message
            case Committed():
                self._committed(message)
            case Rejected(operation_id=str() as operation_id):
                if operation_id in self.acknowledged:
                    raise BrokenPromiseError(f"{operation_id} was acknowledged and then rejected ({message.code})")
                self.rejected[operation_id] = message.code
                self._answered(operation_id)
            case _:
                pass

    def _committed(self, message: Committed) -> None:
        if message.operation_id in self.rejected:
            raise BrokenPromiseError(f"{message.operation_id} was rejected and then acknowledged")
        known = self.acknowledged.setdefault(message.operation_id, message.revision)
        if known != message.revision:
            raise BrokenPromiseError(f"{message.operation_id} was acknowledged as {known} and as {message.revision}")
        self._answered(message.operation_id)

    def _answered(self, operation_id: str) -> None:
        self.unanswered.pop(operation_id, None)
        self._said.discard(operation_id)
