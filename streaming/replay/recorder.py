"""Writes down where people are while a session goes on: ten times a second at most, a stretch at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from streaming.protocol import PersonPose, PersonState, RecordedPerson, RecordedPresence
from streaming.replay.presence_codec import Sample, sample_of

SAMPLE_MS: Final = 100
STRETCH_MS: Final = 15_000


@dataclass(slots=True, kw_only=True)
class _Track:
    person: PersonState
    samples: list[Sample] = field(default_factory=list)


class Recorder:
    """Of one session; pure: whoever calls it passes the time and stores what comes.

    Args:
        keep: called with every stretch that is complete.
    """

    def __init__(self, keep: Callable[[RecordedPresence], None]) -> None:
        self._keep = keep
        self._began: datetime | None = None
        self._tracks: dict[str, _Track] = {}
        self._last: dict[str, PersonPose | None] = {}

    def sample(self, people: Mapping[str, PersonState], poses: Mapping[str, PersonPose], at: datetime) -> None:
        """Everybody who can be seen, as of now.

        Args:
            people: who is here, by id.
            poses: where those are who can be seen.
            at: the time now, in UTC.
        """
        if self._began is None:
            self._begin(at)
        assert self._began is not None
        now_ms = _ms(at - self._began)
        if now_ms >= STRETCH_MS:
            self._end(at)
            self._begin(at)
            now_ms = 0
        for client_id in {*poses, *self._last}:
            pose = poses.get(client_id)
            if client_id not in people and client_id not in self._tracks:
                self._last.pop(client_id, None)
                continue
            self._put(client_id, people.get(client_id), pose, now_ms)

    def flush(self, at: datetime) -> None:
        """Ends the stretch under way, as the recording or the session ends."""
        if self._began is not None:
            self._end(at)
        self._began = None
        self._last.clear()

    def _begin(self, at: datetime) -> None:
        self._began = at
        self._tracks = {}
        self._last = {}  # a stretch can be read alone

    def _put(self, client_id: str, person: PersonState | None, pose: PersonPose | None, now_ms: int) -> None:
        known = client_id in self._last
        if known and self._last[client_id] == pose:
            return
        if not known and pose is None:
            return
        track = self._tracks.get(client_id)
        if track is None:
            if person is None:
                return
            track = self._tracks[client_id] = _Track(person=person)
        track.samples.append(sample_of(pose, now_ms))
        self._last[client_id] = pose

    def _end(self, at: datetime) -> None:
        assert self._began is not None
        people = tuple(
            RecordedPerson(
                client_id=client_id,
                display_name=track.person.display_name,
                colour=track.person.colour,
                device=track.person.device,
                samples=tuple(track.samples),
            )
            for client_id, track in self._tracks.items()
        )
        if people:
            ended = min(at, self._began + timedelta(milliseconds=STRETCH_MS))
            self._keep(
                RecordedPresence(
                    number=0,
                    started_at=self._began.isoformat(timespec="milliseconds"),
                    ended_at=ended.isoformat(timespec="milliseconds"),
                    people=people,
                )
            )


def _ms(span: timedelta) -> int:
    return round(span.total_seconds() * 1000)
