"""How people are shown to each other."""

from __future__ import annotations


def test_names_are_shown_without_control_characters_and_nobody_is_nameless(new_world) -> None:
    world = new_world()
    ann = world.join("x", display_name="\x1b\u202eAnn\n ")
    world.join("y")
    world.join("z", display_name=" ")
    world.settle()
    people = ann.people
    assert people is not None
    assert [one.display_name for one in people.people] == ["Ann", "y", "Guest 3"]
    assert len({one.colour for one in people.people}) == 3
