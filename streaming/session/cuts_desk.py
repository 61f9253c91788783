"""Cuts laid flat and livers taken apart, as a session sees them: each person's own question, never answered late."""

from __future__ import annotations

from typing import Final, TypeAlias, assert_never

from engine.sentences import say
from streaming.protocol import (
    AskParts,
    AskResectogram,
    CancelParts,
    PartAsset,
    Parts,
    PartsEnded,
    PartsProgress,
    ResectionState,
    Resectogram,
    ResectogramFailed,
    ResectogramSheet,
    sentence,
)
from streaming.session.effects import Effect, EndTakingApart, Flatten, Send, TakeApart, Topic
from streaming.session.room import Room

CutQuestion: TypeAlias = AskResectogram | AskParts | CancelParts

_CUT_GONE: Final = say("cut_gone")
_CASE_CORRECTED: Final = say("case_corrected")
_PICTURE: Final = Topic(kind="cuts", key="picture")
_PARTS: Final = Topic(kind="cuts", key="parts")


class CutsDesk:
    """Questions about the committed plan that end with the next change of it: who asks hears of that and asks again.

    Args:
        room: people and plan.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._parts: dict[str, TakeApart] = {}

    def receive(self, client_id: str, message: CutQuestion) -> list[Effect]:
        """Somebody asks or does not want to know any more."""
        match message:
            case AskResectogram():
                return self._ask_picture(client_id, message)
            case AskParts():
                return self._ask_parts(client_id, message)
            case CancelParts(request_id=request_id):
                return self._cancel_parts(client_id, request_id)
            case _:
                assert_never(message)

    def _ask_picture(self, client_id: str, message: AskResectogram) -> list[Effect]:
        """Somebody wants a resection laid flat."""
        resections = self._resections(client_id)
        number = next((n for n, one in enumerate(resections, 1) if one.resection_id == message.resection_id), None)
        if number is None:
            failed = ResectogramFailed(
                request_id=message.request_id,
                message=_CUT_GONE,
                cure=_CUT_GONE.cure,
                said=sentence(_CUT_GONE),
            )
            return [Send(client_id=client_id, message=failed, topic=_PICTURE)]
        return [
            Flatten(
                client_id=client_id,
                request_id=message.request_id,
                revision=self._revision(client_id),
                number=number,
                resections=resections,
            )
        ]

    def flattened(self, errand: Flatten, sheets: tuple[ResectogramSheet, ...]) -> list[Effect]:
        """The picture is ready; it goes out only if it is still that of the plan."""
        picture = Resectogram(
            request_id=errand.request_id,
            revision=errand.revision,
            resection_id=errand.resections[errand.number - 1].resection_id,
            sheets=sheets,
        )
        return [Send(client_id=errand.client_id, message=picture, topic=_PICTURE)] if self._holds(errand) else []

    def not_flattened(self, errand: Flatten, what: str, cure: str) -> list[Effect]:
        """There is no picture."""
        failed = ResectogramFailed(request_id=errand.request_id, message=what, cure=cure, said=sentence(what))
        return [Send(client_id=errand.client_id, message=failed, topic=_PICTURE)] if self._holds(errand) else []

    def _ask_parts(self, client_id: str, message: AskParts) -> list[Effect]:
        """Somebody wants the liver taken apart."""
        errand = TakeApart(
            client_id=client_id,
            request_id=message.request_id,
            revision=self._revision(client_id),
            resections=self._resections(client_id),
        )
        if not errand.resections:
            return [_ended(errand, "failed", "The plan has no cut yet.", "Place a cut first.")]
        self._parts[client_id] = errand
        progress = PartsProgress(request_id=errand.request_id, fraction=0.0)
        return [Send(client_id=client_id, message=progress, topic=_PARTS), errand]

    def _cancel_parts(self, client_id: str, request_id: str) -> list[Effect]:
        """They are not wanted any more."""
        errand = self._parts.get(client_id)
        if errand is None or errand.request_id != request_id:
            return []
        del self._parts[client_id]
        return [EndTakingApart(client_id=client_id), _ended(errand, "cancelled", "Stopped.", "")]

    def parts_progressed(self, errand: TakeApart, fraction: float) -> list[Effect]:
        """So much of the cutting is done."""
        if self._parts.get(errand.client_id) != errand:
            return []
        progress = PartsProgress(request_id=errand.request_id, fraction=min(max(fraction, 0.0), 1.0))
        return [Send(client_id=errand.client_id, message=progress, topic=_PARTS)]

    def taken_apart(
        self, errand: TakeApart, apart_lps: tuple[float, float, float], parts: tuple[PartAsset, ...]
    ) -> list[Effect]:
        """The parts are ready; they go out only if they are still those of the plan."""
        if self._parts.get(errand.client_id) != errand:
            return []
        del self._parts[errand.client_id]
        if not self._holds(errand):
            return [_ended(errand, "failed", "The plan changed meanwhile.", "Ask again.")]
        message = Parts(request_id=errand.request_id, revision=errand.revision, apart_lps=apart_lps, parts=parts)
        return [Send(client_id=errand.client_id, message=message, topic=_PARTS)]

    def not_taken_apart(self, errand: TakeApart, what: str, cure: str) -> list[Effect]:
        """There are no parts."""
        if self._parts.get(errand.client_id) != errand:
            return []
        del self._parts[errand.client_id]
        return [_ended(errand, "failed", what, cure)]

    def left(self, client_id: str) -> list[Effect]:
        """They are gone, and so is their question."""
        return [] if self._parts.pop(client_id, None) is None else [EndTakingApart(client_id=client_id)]

    def case_changed(self) -> list[Effect]:
        """What is being cut is the case as it was."""
        under_way, self._parts = self._parts, {}
        effects: list[Effect] = []
        for client_id, errand in under_way.items():
            effects.append(EndTakingApart(client_id=client_id))
            effects.append(_ended(errand, "failed", _CASE_CORRECTED, _CASE_CORRECTED.cure))
        return effects

    def _resections(self, client_id: str) -> tuple[ResectionState, ...]:
        """Of the plan that the person looks at."""
        return self._room.ledger.durable.resections_of(self._room.looks_at(client_id))

    def _revision(self, client_id: str) -> int:
        return self._room.ledger.durable.revision_of(self._room.looks_at(client_id))

    def _holds(self, errand: Flatten | TakeApart) -> bool:
        """Whether the person is here and the plan is the one that was asked about."""
        return errand.client_id in self._room.people and errand.resections == self._resections(errand.client_id)


def _ended(errand: TakeApart, code: str, what: str, cure: str) -> Effect:
    message = PartsEnded.model_validate(
        {"request_id": errand.request_id, "code": code, "message": what, "cure": cure, "said": sentence(what)}
    )
    return Send(client_id=errand.client_id, message=message, topic=_PARTS)
