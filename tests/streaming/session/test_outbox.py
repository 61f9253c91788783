"""The outbox: bounded, newest wins, nobody starves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streaming.session.effects import Topic
from streaming.session.outbox import MAX_ANSWERS, Outbox, OutboxFullError

TOPICS = (
    Topic(kind="plan"),
    Topic(kind="people"),
    Topic(kind="drag", key="a"),
    Topic(kind="drag", key="b"),
    Topic(kind="numbers", key="a"),
)


@given(st.lists(st.tuples(st.sampled_from(TOPICS), st.integers()), max_size=200))
def test_of_every_topic_only_the_newest_waits(puts: list[tuple[Topic, int]]) -> None:
    outbox = Outbox()
    newest = {}
    for topic, value in puts:
        outbox.put(f"{topic.kind}{topic.key}:{value}", topic)
        newest[topic] = f"{topic.kind}{topic.key}:{value}"
    assert len(outbox) == len(newest) <= len(TOPICS)
    assert sorted(iter(outbox.pop, None)) == sorted(newest.values())


def test_answers_go_first_in_order_and_none_is_lost() -> None:
    outbox = Outbox()
    outbox.put("plan", TOPICS[0])
    outbox.put("one")
    outbox.put("two")
    assert list(iter(outbox.pop, None)) == ["one", "two", "plan"]


def test_too_many_answers_end_the_connection_instead_of_filling_memory() -> None:
    outbox = Outbox()
    for _ in range(MAX_ANSWERS):
        outbox.put("answer")
    with pytest.raises(OutboxFullError):
        outbox.put("one more")
    assert len(outbox) == MAX_ANSWERS


def test_a_topic_that_always_changes_does_not_starve_another() -> None:
    outbox = Outbox()
    sent = []
    for _ in range(10):
        outbox.put("a", TOPICS[2])
        outbox.put("b", TOPICS[3])
        sent.append(outbox.pop())
    assert sent.count("a") == sent.count("b") == 5


def test_what_is_forgotten_is_not_sent() -> None:
    outbox = Outbox()
    outbox.put("a", TOPICS[2])
    outbox.forget(TOPICS[2])
    outbox.forget(TOPICS[3])
    assert outbox.pop() is None
