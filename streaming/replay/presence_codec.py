"""Where people were, in few bytes: whole numbers, differences from sample to sample, deflated.

A recording is made of *stretches* of 15 seconds. Positions are kept to the millimetre, turns to a
thousandth of a quaternion (a fifth of a degree): nobody sees the difference at the distance of a hand. A sample is kept
where somebody moved or came into sight, ten times a second at most; who holds still costs nothing.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Final

from pydantic import ValidationError

from streaming.protocol import PersonPose, PoseState, RayState, RecordedPerson, RecordedPresence

LEFT, RIGHT, RAY = 2, 4, 8
"""What a sample holds beside the head, as the second of its numbers adds up."""

HIDDEN: Final = 0
_THERE: Final = 1
_SCALE_STEPS: Final = 100
_TURN_STEPS: Final = 1000
_NUMBERS: Final = 28
"""Of a sample that holds everything, after its time and its sum: scale, three poses of seven, a ray of six."""

_MAX_STRETCH_BYTES: Final = 4 * 1024 * 1024
"""Of a stretch once inflated: 32 people who never rest need 0.3 MiB."""

Sample = tuple[int, ...]


class RecordingDamagedError(Exception):
    """The bytes are no stretch of a recording."""


def sample_of(pose: PersonPose | None, at_ms: int) -> Sample:
    """Where somebody is as whole numbers; None: they are not seen.

    Args:
        pose: theirs.
        at_ms: since the stretch began.
    """
    if pose is None:
        return (at_ms, HIDDEN)
    parts = _THERE
    numbers = [round(pose.model_scale * _SCALE_STEPS), *_steps(pose.head)]
    for part, hand in ((LEFT, pose.left), (RIGHT, pose.right)):
        if hand is not None:
            parts |= part
            numbers += _steps(hand)
    if pose.ray is not None:
        parts |= RAY
        numbers += [round(one) for one in (*pose.ray.from_lps_mm, *pose.ray.to_lps_mm)]
    return (at_ms, parts, *numbers)


def pose_of(sample: Sample) -> PersonPose | None:
    """The pose that a sample stands for; None where the person was not seen.

    Raises:
        RecordingDamagedError: it is no sample.
    """
    parts, numbers = sample[1], iter(sample[2:])
    if parts == HIDDEN:
        return None
    if len(sample) != 2 + _length(parts):
        raise RecordingDamagedError("a sample of another length")
    try:
        scale = next(numbers) / _SCALE_STEPS
        return PersonPose(
            head=_pose(numbers),
            left=_pose(numbers) if parts & LEFT else None,
            right=_pose(numbers) if parts & RIGHT else None,
            ray=RayState(from_lps_mm=_point(numbers), to_lps_mm=_point(numbers)) if parts & RAY else None,
            model_scale=scale,
        )
    except ValidationError as error:
        raise RecordingDamagedError("a sample beyond all limits") from error


def packed(stretch: RecordedPresence) -> bytes:
    """A stretch as bytes."""
    heads = [one.model_dump(exclude={"samples"}) for one in stretch.people]
    head = json.dumps([stretch.model_dump(exclude={"people"}), heads], separators=(",", ":")).encode()
    body = bytearray()
    _put(body, len(head))
    body += head
    for person in stretch.people:
        _put(body, len(person.samples))
        before: Sample = ()
        for sample in person.samples:
            _put(body, sample[1])
            _put(body, sample[0] - (before[0] if before else 0))
            # Against the sample before where that holds the same, so that who moves little makes small numbers.
            base = before[2:] if before and before[1] == sample[1] else (0,) * _NUMBERS
            for number, earlier in zip(sample[2:], base, strict=False):
                _put(body, _zigzag(number - earlier))
            before = sample
    return zlib.compress(bytes(body), 9)


def unpacked(content: bytes) -> RecordedPresence:
    """The stretch of the bytes.

    Raises:
        RecordingDamagedError: they are none.
    """
    try:
        inflater = zlib.decompressobj()
        body = inflater.decompress(content, _MAX_STRETCH_BYTES)
        if not inflater.eof or inflater.unused_data:
            raise RecordingDamagedError("no end")
        numbers = _Reader(body)
        stretch, heads = json.loads(numbers.take(numbers.next()))
        people = tuple(RecordedPerson(**head, samples=_samples(numbers)) for head in heads)
        return RecordedPresence(**stretch, people=people)
    except (zlib.error, ValueError, TypeError, RecursionError) as error:
        raise RecordingDamagedError(type(error).__name__) from error


class _Reader:
    """Numbers of seven bits a byte, the lowest first."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def next(self) -> int:
        number, shift = 0, 0
        while True:
            if self._at >= len(self._body) or shift > 56:
                raise RecordingDamagedError("cut off")
            byte = self._body[self._at]
            self._at += 1
            number |= (byte & 0x7F) << shift
            if byte < 0x80:
                return number
            shift += 7

    def take(self, length: int) -> bytes:
        taken = self._body[self._at : self._at + length]
        self._at += length
        return taken


def _samples(numbers: _Reader) -> tuple[Sample, ...]:
    samples: list[Sample] = []
    for _ in range(numbers.next()):
        parts = numbers.next()
        at_ms = numbers.next() + (samples[-1][0] if samples else 0)
        base = samples[-1][2:] if samples and samples[-1][1] == parts else (0,) * _NUMBERS
        values = tuple(base[one] + _unzigzag(numbers.next()) for one in range(_length(parts)))
        samples.append((at_ms, parts, *values))
    return tuple(samples)


def _length(parts: int) -> int:
    """Numbers of a sample after its time and its sum."""
    if parts == HIDDEN:
        return 0
    if parts > (_THERE | LEFT | RIGHT | RAY) or not parts & _THERE:
        raise RecordingDamagedError("an unknown sum")
    return 8 + (7 if parts & LEFT else 0) + (7 if parts & RIGHT else 0) + (6 if parts & RAY else 0)


def _steps(pose: PoseState) -> Iterable[int]:
    yield from (round(one) for one in pose.position_lps_mm)
    # The same turn has two signs: one of them, so that it does not jump.
    sign = -1 if pose.quaternion[3] < 0 else 1
    yield from (round(one * sign * _TURN_STEPS) for one in pose.quaternion)


def _pose(numbers: Iterator[int]) -> PoseState:
    position = _point(numbers)
    x, y, z, w = (max(-1.0, min(1.0, next(numbers) / _TURN_STEPS)) for _ in range(4))
    return PoseState(position_lps_mm=position, quaternion=(x, y, z, w))


def _point(numbers: Iterator[int]) -> tuple[float, float, float]:
    return (float(next(numbers)), float(next(numbers)), float(next(numbers)))


def _zigzag(number: int) -> int:
    return number * 2 if number >= 0 else -number * 2 - 1


def _unzigzag(number: int) -> int:
    return number >> 1 if number % 2 == 0 else -((number + 1) >> 1)


def _put(body: bytearray, number: int) -> None:
    while number > 0x7F:
        body.append(number & 0x7F | 0x80)
        number >>= 7
    body.append(number)
