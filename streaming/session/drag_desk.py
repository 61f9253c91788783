"""Hands that move resections: one owner a resection, one drag a person, and nothing of it logged."""

from __future__ import annotations

from streaming.protocol import PreviewCancelled, PreviewResection
from streaming.session.changes import SetResection
from streaming.session.effects import Broadcast, Effect, Send, drag_topic
from streaming.session.refusals import refusal_of_resection
from streaming.session.room import Room, previewed


class DragDesk:
    """The drags of one session.

    Args:
        room: whose hands.
    """

    def __init__(self, room: Room) -> None:
        self._room = room
        self._forbidden: set[str] = set()

    def is_first_forbidden(self, client_id: str) -> bool:
        """Whether the person was not yet told that their role may move nothing."""
        is_first = client_id not in self._forbidden
        self._forbidden.add(client_id)
        return is_first

    def forget_refusal(self, client_id: str) -> None:
        """The person is gone, or of another role: the next refusal is news again."""
        self._forbidden.discard(client_id)

    def preview(self, client_id: str, message: PreviewResection) -> list[Effect]:
        """A hand moves a resection: whoever is first holds it until commit, cancel or disconnect."""
        room = self._room
        if not room.people.is_newer(client_id, message.sequence):
            return []  # late or doubled: something newer is already known
        resection_id = message.resection.resection_id
        if held := room.drags.held_by_other(resection_id, client_id):
            is_first = room.drags.is_first_refusal(client_id, resection_id)
            return room.reject(client_id, room.held(held), None) if is_first else []
        refusal = refusal_of_resection(room.ledger.head, message.resection, message.plan_id)
        if refusal := refusal or room.limits.refusal_of(SetResection(resection=message.resection)):
            return room.reject(client_id, refusal, None)
        is_new = room.drags.of_resection(resection_id) is None
        # Nobody drags two at once: taking another one lets go of the first.
        effects: list[Effect] = [*room.end_drag(client_id), *self._take_over(client_id, resection_id)] if is_new else []
        drag = room.drags.move(client_id, message.sequence, message.resection, message.plan_id)
        if is_new:
            effects.append(room.people_changed())
        effects.append(Broadcast(message=previewed(drag), topic=drag_topic(resection_id), except_client=client_id))
        return [*effects, room.numbers.of_drag(drag)]

    def _take_over(self, client_id: str, resection_id: str) -> list[Effect]:
        """Ends for the new holder the committed drag before theirs.

        The others are told by the new holder's previews, and nobody is told once the commit is stored, because the
        resection is held again by then. The new holder hears neither.
        """
        waiting = self._room.ledger.pending_authors(resection_id)
        author = next((author for author in waiting if author != client_id), None)
        if author is None:
            return []
        message = PreviewCancelled(client_id=author, resection_id=resection_id)
        return [Send(client_id=client_id, message=message, topic=drag_topic(resection_id))]
