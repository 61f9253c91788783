"""A planning session without I/O: what arrives goes in, effects come out.

No clock, socket or disk: the shell passes time and ids in and carries the effects out in order. That is why any
interleaving of people can be tested in microseconds.

Rules:
- A commit is acknowledged once it is durable. Until then it is *pending*: later edits are judged against it, but
  nobody sees it as the plan. If it cannot be stored, it and everything after it is rejected.
- Who sends the first preview of a resection holds it until commit, cancel or disconnect; others are told "held".
- Undo takes back the person's own last change, never what somebody made of it since: then it is refused.
- Numbers of a drag are those of what everybody sees: the committed plan with all live drags in it.
"""

from __future__ import annotations

from typing import Final, assert_never

from engine.sentences import say
from streaming.planning.case_limits import CaseLimits
from streaming.protocol import (
    AskProposals,
    BodyState,
    CancelPreview,
    CancelProposals,
    ClientMessage,
    ComparePlans,
    Device,
    Hello,
    IceServerState,
    LookAtPlan,
    Measured,
    People,
    Ping,
    PlanNumbers,
    PlansCompared,
    PlanState,
    Pong,
    PreviewResection,
    ProposalState,
    ResectionState,
    Role,
    fault_of,
    may,
)
from streaming.session.changes import Operation
from streaming.session.cuts_desk import CutQuestion, CutsDesk
from streaming.session.drag_desk import DragDesk
from streaming.session.editing import Edit, Editing
from streaming.session.effects import (
    Broadcast,
    Compare,
    Construction,
    Effect,
    Question,
    Send,
    drag_topic,
    plan_topic,
)
from streaming.session.fold import Fold
from streaming.session.history import History
from streaming.session.ledger import Earlier, Ledger
from streaming.session.operations import Plan
from streaming.session.plan_desk import PlanWish
from streaming.session.presence_desk import PresenceDesk, PresenceMessage
from streaming.session.proposal_desk import ProposalDesk
from streaming.session.refusals import refusal_of_role
from streaming.session.room import PLANS_TOPIC, Room, previewed
from streaming.session.voice_desk import VoiceDesk, VoiceMessage

_ALREADY_JOINED: Final = fault_of(code="already_joined", message=say("hello_twice"), fatal=False)


class Session:
    """The state of one case being planned.

    Args:
        operations: the durable log from its first operation, or after `start`.
        limits: what resections may name in this case.
        body: height and weight, where the case came with them; `start` holds it already.
        start: what the log goes on from.
        earlier: finds operations of the log by their id, so that not all have to be remembered.
        ice_servers: told to who talks; without them the local network has to do.

    Attributes:
        cuts: pictures and parts of the plan's cuts; the shell tells it what came of the errands.
    """

    def __init__(
        self,
        operations: tuple[Operation, ...] = (),
        limits: CaseLimits | None = None,
        body: BodyState | None = None,
        *,
        start: Fold | None = None,
        earlier: Earlier | None = None,
        ice_servers: tuple[IceServerState, ...] = (),
    ) -> None:
        ledger = Ledger(operations, start or Fold(plan=Plan(body=body)), earlier)
        self._room = Room(ledger, limits or CaseLimits())
        self._proposals = ProposalDesk()
        self.cuts = CutsDesk(self._room)
        self._voice = VoiceDesk(self._room, ice_servers)
        self._editing = Editing(self._room, self._proposals)
        self._presence = PresenceDesk(self._room)
        self._dragging = DragDesk(self._room)

    # ---- what the shell and the tests may look at ----

    @property
    def plan(self) -> Plan:
        """The durable plan, which is what everybody sees."""
        return self._room.ledger.durable

    @property
    def history(self) -> History:
        """What each person can undo and redo of it."""
        return self._room.ledger.durable_history

    @property
    def fold(self) -> Fold:
        """Both, as a snapshot keeps them."""
        return self._room.ledger.durable_fold

    @property
    def holders(self) -> dict[str, str]:
        """Who holds which resection."""
        return {drag.resection.resection_id: drag.client_id for drag in self._room.drags}

    @property
    def client_ids(self) -> frozenset[str]:
        """Everybody in the session."""
        return self._room.people.client_ids

    def plan_state(self) -> PlanState:
        """The plan that somebody who comes now looks at."""
        return self._room.plan_state(self._room.ledger.durable.shown_plans[0].plan_id)

    def people(self) -> People:
        """Everybody who is here."""
        return self._room.people.as_message(self._room.drags)

    def colour_of(self, client_id: str) -> str:
        """The colour by which others know this person."""
        return self._room.people[client_id].colour

    # ---- what people do ----

    def start(self) -> list[Effect]:
        """To be called once, before anybody joins."""
        return [*self._room.numbers.of_plans(), *self._room.measures.of_plans()]

    def join(self, client_id: str, *, display_name: str, device: Device, role: Role = "owner") -> list[Effect]:
        """Somebody came, or came back under the same id; they get everything they need to see what others see."""
        room = self._room
        room.people.enter(client_id, display_name=display_name, device=device, role=role)
        plans = [one.plan_id for one in room.ledger.durable.shown_plans]
        return [
            Send(client_id=client_id, message=room.plans(), topic=PLANS_TOPIC),
            *(Send(client_id=client_id, message=room.plan_state(one), topic=plan_topic(one)) for one in plans),
            *(
                Send(client_id=client_id, message=previewed(drag), topic=drag_topic(drag.resection.resection_id))
                for drag in room.drags
            ),
            *room.numbers.shown_to(client_id),
            *room.measures.shown_to(client_id),
            *self._proposals.shown_to(client_id),
            *self._voice.shown_to(client_id),
            *self._editing.joined(client_id),
            room.people_changed(),
        ]

    def leave(self, client_id: str) -> list[Effect]:
        """The connection is gone: what they held is free, what they committed stays."""
        if not self._room.people.leave(client_id):
            return []
        self._editing.left(client_id)
        ended = [*self.cuts.left(client_id), *self._voice.left(client_id)]
        self._dragging.forget_refusal(client_id)
        gone = self._presence.left(client_id)
        return [*ended, *self._room.end_drag(client_id), *gone, self._room.people_changed()]

    def change_role(self, client_id: str, role: Role) -> list[Effect]:
        """An owner changed what somebody may do; who may change the plan no more lets go of what they drag."""
        room = self._room
        if client_id not in room.people or room.people[client_id].role == role:
            return []
        room.people.change_role(client_id, role)
        self._dragging.forget_refusal(client_id)
        effects: list[Effect] = []
        drag = room.drags.of_person(client_id)
        if drag is not None and not may(role, CancelPreview(resection_id=drag.resection.resection_id)):
            effects = [*room.end_drag(client_id), *room.reject(client_id, refusal_of_role(role), None)]
        return [*effects, room.people_changed()]

    def receive(  # noqa: PLR0912 - one branch a kind of message
        self, client_id: str, message: ClientMessage, *, at: str
    ) -> list[Effect]:
        """A message of somebody who joined; `at` is the time now, ISO 8601 in UTC."""
        role = self._room.people[client_id].role
        if not may(role, message):
            return self._forbidden(client_id, role, message)
        if isinstance(message, PreviewResection):  # what comes at hand speed first
            effects = self._dragging.preview(client_id, message)
        elif isinstance(message, PresenceMessage):
            effects = self._presence.receive(client_id, message, at=at)
        elif isinstance(message, Ping):
            effects = [Send(client_id=client_id, message=Pong(sent_ms=message.sent_ms))]
        elif isinstance(message, CancelPreview):
            effects = self._room.cancel_drag(client_id, (message.resection_id,))
        elif isinstance(message, Edit):
            effects = self._editing.edit(client_id, message, at=at)
        elif isinstance(message, PlanWish):
            effects = self._editing.edit_plans(client_id, message, at=at)
        elif isinstance(message, Construction):
            effects = self._editing.construct(client_id, message)
        elif isinstance(message, LookAtPlan):
            effects = self._look(client_id, message.plan_id)
        elif isinstance(message, AskProposals):
            effects = self._proposals.ask(client_id, message, self._room.ledger.durable.body)
        elif isinstance(message, CancelProposals):
            effects = self._proposals.cancel(message.request_id)
        elif isinstance(message, VoiceMessage):
            effects = self._voice.receive(client_id, message)
        elif isinstance(message, CutQuestion):
            effects = self.cuts.receive(client_id, message)
        elif isinstance(message, ComparePlans):
            effects = [Compare(client_id=client_id, message=message, body=self._room.ledger.durable.body)]
        elif isinstance(message, Hello):
            effects = [Send(client_id=client_id, message=_ALREADY_JOINED)]
        else:
            assert_never(message)
        return effects

    def case_changed(self, limits: CaseLimits) -> list[Effect]:
        """The case was corrected under the plan: people and plan stay, numbers and proposals have to come anew."""
        self._room.limits = limits
        told = Broadcast(message=self._room.plans(), topic=PLANS_TOPIC)  # what was signed may be out of date
        room = self._room
        proposals, cuts = self._proposals.case_changed(), self.cuts.case_changed()
        return [told, *proposals, *cuts, *room.numbers.case_changed(), *room.measures.of_plans()]

    # ---- what the shell has done ----

    def stored(self, operation: Operation) -> list[Effect]:
        """The oldest pending operation is durable."""
        return self._editing.stored(operation)

    def not_stored(self, operation: Operation, *, what: str, cure: str) -> list[Effect]:
        """A pending operation could not be made durable: it and all after it are rejected, the plan stays."""
        return self._editing.not_stored(operation, what=what, cure=cure)

    def answered(self, question: Question, numbers: PlanNumbers) -> list[Effect]:
        """Numbers are ready; they go out only if what they answer is still what people see."""
        return self._room.numbers.answered(question, numbers)

    def not_answered(self, question: Question, *, what: str, cure: str) -> list[Effect]:
        """A question has no answer; people are told, if it is still about what they see."""
        return self._room.numbers.failed(question, what, cure)

    def constructed(self, client_id: str, wish: Construction, made: ResectionState, *, at: str) -> list[Effect]:
        """The resection that somebody wished for is made: it is their commit."""
        return self._editing.constructed(client_id, wish, made, at=at)

    def not_constructed(self, client_id: str, wish: Construction, *, what: str, cure: str) -> list[Effect]:
        """The resection that somebody wished for cannot be made."""
        return self._editing.not_constructed(client_id, wish, what=what, cure=cure)

    def compared(self, client_id: str, message: PlansCompared) -> list[Effect]:
        """The plans that somebody compares have their numbers."""
        return [Send(client_id=client_id, message=message)] if client_id in self._room.people else []

    def measured(self, message: Measured) -> list[Effect]:
        """The measurements of the plan are counted."""
        return self._room.measures.answered(message)

    def recording_failed(self, *, what: str, cure: str) -> list[Effect]:
        """Where people are can be recorded no more."""
        return self._presence.recording_failed(what, cure)

    def search_progressed(self, number: int, fraction: float, note: str) -> list[Effect]:
        """A search for proposals has come so far."""
        return self._proposals.progressed(number, fraction, note)

    def search_ended(self, number: int, proposals: tuple[ProposalState, ...], note: str) -> list[Effect]:
        """A search for proposals found these."""
        return self._proposals.found(number, proposals, note)

    def search_failed(self, number: int, *, what: str, cure: str) -> list[Effect]:
        """A search for proposals ended without an answer."""
        return self._proposals.failed(number, what, cure)

    # ---- roles ----

    def _forbidden(self, client_id: str, role: Role, message: ClientMessage) -> list[Effect]:
        if isinstance(message, PreviewResection) and not self._dragging.is_first_forbidden(client_id):
            return []  # they come at 60 Hz
        operation_id: str | None = getattr(message, "operation_id", None)
        if operation_id is not None and (answer := self._editing.said_before(client_id, operation_id)) is not None:
            return answer  # they were allowed to when they said it first
        return self._room.reject(client_id, refusal_of_role(role), operation_id)

    def _look(self, client_id: str, plan_id: str) -> list[Effect]:
        """Somebody looks at another plan: that is seen, and never logged."""
        room = self._room
        if room.ledger.durable.plan(plan_id) is None:
            return []  # it went away in the meantime, of which they are told already
        if room.people.looks_at(client_id) == plan_id:
            return []
        room.people.look(client_id, plan_id)
        return [room.people_changed(), *self._editing.looked(client_id)]
