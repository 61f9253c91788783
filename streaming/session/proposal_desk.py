"""The search for proposals as a session sees it: one at a time, the newest wins, everybody sees what it found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from engine.sentences import say
from streaming.protocol import (
    AskProposals,
    BodyState,
    Proposals,
    ProposalsEnded,
    ProposalsProgress,
    ProposalState,
    sentence,
)
from streaming.session.effects import Broadcast, Effect, EndSearch, Forget, Search, Send, Topic

_CASE_CORRECTED: Final = say("case_corrected")
_TOPIC: Final = Topic(kind="proposals")
_END_TOPIC: Final = Topic(kind="proposals", key="end")
"""Its own, so that an end does not swallow what was found before, and is swallowed by nothing but a newer end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnderWay:
    """A search that has not answered yet."""

    number: int
    request_id: str
    asked_by: str
    fraction: float = 0.0


class ProposalDesk:
    """What is searched for and what was found."""

    def __init__(self) -> None:
        self._count = 0
        self._under_way: _UnderWay | None = None
        self._found: Proposals | None = None

    def proposal(self, proposal_id: str) -> ProposalState | None:
        """A proposal of the last answer."""
        found = () if self._found is None else self._found.proposals
        return next((one for one in found if one.proposal_id == proposal_id), None)

    def shown_to(self, client_id: str) -> list[Effect]:
        """What somebody who joins has to see."""
        if self._under_way is not None:
            return [Send(client_id=client_id, message=_progress(self._under_way, ""), topic=_TOPIC)]
        if self._found is not None:
            return [Send(client_id=client_id, message=self._found, topic=_TOPIC)]
        return []

    def ask(self, client_id: str, message: AskProposals, body: BodyState | None = None) -> list[Effect]:
        """Starts a search; one under way is replaced. The same question again after a drop changes nothing."""
        current = self._under_way
        if current is not None and (current.asked_by, current.request_id) == (client_id, message.request_id):
            return self.shown_to(client_id)
        effects: list[Effect] = []
        if current is not None:
            # To who asked alone: the others see whose search goes on, and a flood of questions floods its sender.
            ended = _ended(current, "replaced", "Proposals were asked for again.", "See the newer ones.")
            effects.append(Send(client_id=current.asked_by, message=ended))
        self._count += 1
        self._under_way = _UnderWay(number=self._count, request_id=message.request_id, asked_by=client_id)
        return [
            *effects,
            Broadcast(message=_progress(self._under_way, ""), topic=_TOPIC),
            Search(number=self._count, constraints=message.constraints, body=body),
        ]

    def cancel(self, request_id: str) -> list[Effect]:
        """Ends the search, whoever asked for it: everybody sees it and may stop it."""
        current = self._under_way
        if current is None or current.request_id != request_id:
            return []
        self._under_way = None
        return [EndSearch(), *self._gave_up(current, "cancelled", "The search was stopped.", "Ask again.")]

    def progressed(self, number: int, fraction: float, note: str) -> list[Effect]:
        """The search has come so far."""
        current = self._under_way
        if current is None or current.number != number:
            return []
        self._under_way = _UnderWay(
            number=number,
            request_id=current.request_id,
            asked_by=current.asked_by,
            fraction=min(1.0, max(current.fraction, fraction)),
        )
        return [Broadcast(message=_progress(self._under_way, note), topic=_TOPIC)]

    def found(self, number: int, proposals: tuple[ProposalState, ...], note: str) -> list[Effect]:
        """The search is over."""
        current = self._under_way
        if current is None or current.number != number:
            return []
        self._under_way = None
        self._found = Proposals(
            request_id=current.request_id, asked_by=current.asked_by, proposals=proposals, note=note
        )
        return [Broadcast(message=self._found, topic=_TOPIC)]

    def failed(self, number: int, what: str, cure: str) -> list[Effect]:
        """The search ended without an answer."""
        current = self._under_way
        if current is None or current.number != number:
            return []
        self._under_way = None
        return self._gave_up(current, "failed", what, cure)

    def case_changed(self) -> list[Effect]:
        """What was found or is searched for was about the case as it was."""
        effects: list[Effect] = []
        if self._found is not None:
            note = say("case_corrected_note")
            self._found = self._found.model_copy(update={"proposals": (), "note": note})
            effects.append(Broadcast(message=self._found, topic=_TOPIC))
        if self._under_way is not None:
            current, self._under_way = self._under_way, None
            ended = self._gave_up(current, "failed", _CASE_CORRECTED, _CASE_CORRECTED.cure)
            effects = [EndSearch(), *ended]
        return effects

    def _gave_up(self, search: _UnderWay, code: Literal["cancelled", "failed"], what: str, cure: str) -> list[Effect]:
        # Progress that waits unsent must not come after the end; nor may what was found before be lost with it.
        ended = Broadcast(message=_ended(search, code, what, cure), topic=_END_TOPIC)
        effects: list[Effect] = [Forget(topic=_TOPIC), ended]
        if self._found is not None:
            effects.append(Broadcast(message=self._found, topic=_TOPIC))
        return effects


def _progress(search: _UnderWay, note: str) -> ProposalsProgress:
    return ProposalsProgress(
        request_id=search.request_id, asked_by=search.asked_by, fraction=search.fraction, note=note
    )


def _ended(search: _UnderWay, code: Literal["cancelled", "replaced", "failed"], what: str, cure: str) -> ProposalsEnded:
    return ProposalsEnded(
        request_id=search.request_id,
        asked_by=search.asked_by,
        code=code,
        message=what,
        cure=cure,
        said=sentence(what),
    )
