"""Where people were comes back as it went in, to the millimetre, in few bytes; damaged bytes are refused."""

from __future__ import annotations

import contextlib
import math
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streaming.protocol import PersonPose, PoseState, RayState, RecordedPerson, RecordedPresence
from streaming.replay.presence_codec import RecordingDamagedError, packed, pose_of, sample_of, unpacked

AT = "2026-01-02T03:04:05.000+00:00"
_place = st.tuples(*[st.floats(-3000, 3000)] * 3)


@st.composite
def _poses(draw: st.DrawFn) -> PoseState:
    x, y, z, w = (draw(st.floats(-1, 1)) for _ in range(4))
    size = math.sqrt(x * x + y * y + z * z + w * w)
    turn = (0.0, 0.0, 0.0, 1.0) if size < 1e-3 else (x / size, y / size, z / size, w / size)
    return PoseState(position_lps_mm=draw(_place), quaternion=turn)


_people = st.builds(
    PersonPose,
    head=_poses(),
    left=st.none() | _poses(),
    right=st.none() | _poses(),
    ray=st.none() | st.builds(RayState, from_lps_mm=_place, to_lps_mm=_place),
    model_scale=st.floats(0.05, 20.0),
)


def _stretch(*tracks: tuple[tuple[int, ...], ...]) -> RecordedPresence:
    people = tuple(
        RecordedPerson(client_id=f"p-{n}", display_name="Zoë", colour="#4f9dff", device="headset", samples=samples)
        for n, samples in enumerate(tracks)
    )
    return RecordedPresence(number=3, started_at=AT, ended_at=AT, people=people)


@given(pose=_people)
@settings(max_examples=60, deadline=None)
def test_a_pose_comes_back_to_the_millimetre_and_a_fifth_of_a_degree(pose: PersonPose) -> None:
    back = pose_of(sample_of(pose, 0))
    assert back is not None
    assert abs(back.model_scale - pose.model_scale) <= 0.0051
    assert (back.left is None, back.right is None, back.ray is None) == (
        pose.left is None,
        pose.right is None,
        pose.ray is None,
    )
    for one, other in ((pose.head, back.head), (pose.left, back.left), (pose.right, back.right)):
        if one is not None and other is not None:
            assert math.dist(one.position_lps_mm, other.position_lps_mm) < 0.9
            alike = abs(sum(a * b for a, b in zip(one.quaternion, other.quaternion, strict=True)))
            assert math.degrees(2 * math.acos(min(1.0, alike / math.hypot(*other.quaternion)))) < 0.2


@given(tracks=st.lists(st.lists(st.none() | _people, max_size=6), max_size=3))
@settings(max_examples=40, deadline=None)
def test_a_stretch_comes_back_as_it_was(tracks: list[list[PersonPose | None]]) -> None:
    samples = tuple(tuple(sample_of(pose, 100 * n) for n, pose in enumerate(track)) for track in tracks)
    assert unpacked(packed(_stretch(*samples))) == _stretch(*samples)


def _walk(seconds: float) -> tuple[tuple[int, ...], ...]:
    """Somebody in a headset who never rests, ten times a second."""
    samples = []
    for step in range(int(seconds * 10)):
        t = step / 10
        turn = (0.1 * math.sin(t), 0.2 * math.cos(0.7 * t), 0.05 * math.sin(1.3 * t))
        w = math.sqrt(1 - sum(one * one for one in turn))
        head = PoseState(position_lps_mm=(400 * math.sin(0.3 * t), -600.0, 90 * math.cos(t)), quaternion=(*turn, w))
        hand = PoseState(position_lps_mm=(150 * math.cos(2 * t), -250.0, 60 * math.sin(3 * t)), quaternion=(*turn, w))
        ray = RayState(from_lps_mm=hand.position_lps_mm, to_lps_mm=(20 * math.sin(t), 0.0, 30 * math.cos(2 * t)))
        samples.append(sample_of(PersonPose(head=head, left=hand, right=hand, ray=ray, model_scale=1.0), int(t * 1000)))
    return tuple(samples)


def test_six_people_who_never_rest_take_less_than_four_megabytes_an_hour() -> None:
    """The budget of docs/replay.md."""
    one_stretch = len(packed(_stretch(*[_walk(15.0)] * 1)))
    assert one_stretch * 4 * 60 * 6 < 4_000_000


@given(at=st.integers(0, 5000), put=st.binary(max_size=4))
@settings(max_examples=150, deadline=None)
def test_damaged_bytes_are_refused_or_still_a_stretch(at: int, put: bytes) -> None:
    whole = zlib.decompress(packed(_stretch(_walk(1.0))))
    damaged = zlib.compress(whole[: at % len(whole)] + put + whole[at % len(whole) + len(put) :])
    with contextlib.suppress(RecordingDamagedError):
        assert isinstance(unpacked(damaged), RecordedPresence)


@pytest.mark.parametrize("content", [b"", b"no deflated bytes", zlib.compress(b""), zlib.compress(b"\xff" * 40)])
def test_what_is_no_stretch_is_refused(content: bytes) -> None:
    with pytest.raises(RecordingDamagedError):
        unpacked(content)


def test_bytes_that_inflate_without_end_are_refused() -> None:
    with pytest.raises(RecordingDamagedError):
        unpacked(zlib.compress(b"\0" * (5 * 1024 * 1024)))


@pytest.mark.parametrize("sample", [(0, 16, 1), (0, 1, 100), (0, 1, 100, 10**9, 0, 0, 0, 0, 0, 1000)])
def test_what_is_no_sample_is_refused(sample: tuple[int, ...]) -> None:
    with pytest.raises(RecordingDamagedError):
        pose_of(sample)
