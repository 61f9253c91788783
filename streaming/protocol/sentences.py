"""The sentences that the server says to people, each with a code, so that a client can word it in its own language.

English is written where something happens; here it gets its code. What a sentence names (a number, a name) are its
values, in their order: first those of what happened, then those of the cure. English stays beside it on the wire, for
sentences that have no code and for clients that do not know one.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from pydantic import Field

from streaming.protocol.base import WireModel

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "stale": (
        "Somebody else changed this in the meantime.",
        "Look at the plan as it is now and make the change again.",
    ),
    "future_revision": ("The change names a revision that does not exist.", "Reload the page."),
    "unknown_note": ("This measurement or pin does not exist.", "It may have been deleted."),
    "unknown_resection": ("This resection does not exist.", "It may have been deleted."),
    "unknown_plan": ("This plan does not exist.", "It may have been removed: choose another one."),
    "unknown_version": ("This version does not exist.", "Choose one from the list."),
    "unknown_proposal": ("This proposal is not among the newest ones.", "Ask for proposals again."),
    "too_many_resections": ("A plan has at most {} resections.", "Delete one first."),
    "too_many_notes": ("A plan has at most {} measurements and pins.", "Delete one that is not needed."),
    "too_many_versions": ("A plan has at most {} versions.", "Go on in a copy of the plan."),
    "too_many_plans": ("A case has at most {} plans.", "Remove one first."),
    "last_plan": ("The last plan cannot be removed.", "Make another one first, or take its cuts out."),
    "plan_id_used": ("There is a plan with this id.", "Give the new one its own."),
    "other_plan": ("This belongs to another plan.", "Give yours its own id."),
    "same_ids": ("Two resections have the same id.", "Give each its own."),
    "operation_used": ("This operation id was used for another change.", "Use a new id."),
    "name_in_use": ("Another plan has this name.", "Give it a name of its own, so that nobody mistakes them."),
    "numbers_pending": ("The numbers of this plan are still being computed.", "Try again in a moment."),
    "signed_already": ("The plan is signed as it is.", "Change it, or withdraw the signature, to propose anew."),
    "not_proposed": ("The plan is not proposed, or was changed since.", "Propose it first."),
    "not_signed": ("The plan is a draft already.", "There is nothing to withdraw."),
    "signature_outdated": (
        "The segmentation was corrected since the plan was proposed.",
        "Look at its numbers again, then propose it anew.",
    ),
    "still_making": ("Your earlier resections are still being made.", "Wait a moment and try again."),
    "nothing_to_undo": ("There is nothing of yours to undo.", "Make a change first."),
    "nothing_to_redo": ("There is nothing of yours to redo.", "Only what was just undone can come back."),
    "overtaken_by_you": (
        'You {} later: the way to {} "{}" is closed.',
        "Make the change by hand. The next press goes on with what you did before.",
    ),
    "overtaken": (
        '{} after you. To {} "{}" would undo their work.',
        "Ask {} to undo it first, or make the change by hand.",
    ),
    "no_segments": (
        "This case has no segments and no vessel territories.",
        "Prepare the case again with its vessels, or cut by a plane or a surface.",
    ),
    "no_such_segment": ("This liver has no segment {}.", "Choose one from the list."),
    "no_such_branch": ("This liver has no portal branch {}.", "Point at another branch."),
    "no_such_territory": ("This liver has no territory of that name.", "Choose one from the list."),
    "no_such_tumour": ("This case has no such tumour.", "Point at a tumour that is shown."),
    "wedge_margin": (
        "The margin of a wedge is not between 0 and 100 mm.",
        "Give margin_mm in millimetres in this range.",
    ),
    "line_of_points": ("The line has {} points that can be used.", "Draw a line of at least {}."),
    "line_short": ("The line is shorter than 5 mm.", "Draw it across the part to be cut."),
    "line_inwards": ("The line runs straight into the liver.", "Draw it along the liver's surface."),
    "pin_without_text": ("The pin has no text.", "Write what it points at, such as 'keep this vein'."),
    "pin_too_long": ("The text of a pin has {} letters.", "Shorten it to {} or fewer."),
    "pin_letters": ("The text of a pin holds letters that cannot be shown.", "Write it in one plain line."),
    "ends_same": ("Both ends of the measurement are the same place.", "Put the points farther apart."),
    "arm_without_length": ("An arm of the angle has no length.", "Put the points farther apart."),
    "ends_same_on_vessel": ("Both ends are the same place of the vessel.", "Put the points farther apart."),
    "end_off_vessel": (
        "An end of the measurement is on no vessel.",
        "Put both ends on vessels: they snap to the centre line under the pointer.",
    ),
    "ends_on_two_trees": (
        "The ends are on different trees: one on the portal vein, one on a hepatic vein.",
        "Put both ends on the same tree, or measure the straight distance.",
    ),
    "ends_not_connected": (
        "The ends are on veins that are not connected within the liver.",
        "Put both ends on branches of the same vein, or measure the straight distance.",
    ),
    "no_trees_to_measure": (
        "This case has no vessel trees to measure along.",
        "Measure the straight distance, or prepare it anew.",
    ),
    "point_outside": (
        "A point lies outside of the scan.",
        "Give points in patient millimetres (LPS), on the anatomy.",
    ),
    "measured_tumour_gone": ("The tumour of this measurement is not in the case.", "Delete the measurement."),
    "measured_cut_gone": ("The cut of this measurement is gone.", "Delete the measurement, or undo."),
    "no_cut_surface": ("There is no cut surface to measure.", "Add a cut that goes through the liver."),
    "plan_without_cuts": ("The plan has no resections.", "Add at least one plane to 'resections'."),
    "liver_in_one_part": ("The plan leaves the liver in one part.", "Move a cut into the liver."),
    "cutting_ended": ("The process that cuts surfaces has ended.", "Ask again."),
    "cut_gone": ("The plan has no such cut any more.", "Choose another cut."),
    "cut_misses": ("Resection {} does not cut the liver.", "Move it into the liver."),
    "cut_takes_all": (
        "Resection {} takes all of the liver or nothing: there is no cut to lay flat.",
        "Choose other segments or branches.",
    ),
    "mistake_here": ("The server made a mistake over this.", "Try another way, and send the log."),
    "mistake_in_plan": (
        "The server made a mistake over this plan.",
        "Change the plan a little, and send the server's log.",
    ),
    "mistake": ("The server made a mistake.", "Reload the page."),
    "case_not_opened": ("The case could not be opened.", "See the server's log, or prepare the case again."),
    "not_saved": ("The change could not be saved.", "Free disk space, then make the change again."),
    "earlier_not_saved": ("An earlier change could not be saved.", "Make the change again."),
    "too_slow": ("Your connection cannot keep up.", "Reconnect, perhaps on a better network."),
    "replaced": ("You connected again elsewhere.", "Go on in the newer window."),
    "case_closed": ("The case was closed.", "Reload the page."),
    "stopping": ("The server is stopping.", "Reconnect in a moment."),
    "flooding": ("Your page sent too much for too long.", "Reload it, and report this if it happens again."),
    "not_of_protocol": (
        "The message is not one of the protocol.",
        "Reload the page: it may be older than the server.",
    ),
    "other_version": ("The server speaks version {} of the protocol, the page another.", "Reload the page."),
    "other_case": (
        "Your invitation is to another case.",
        "Open the case you were invited to, or ask for an invitation to this one.",
    ),
    "not_you": (
        "The server could not make sure that you are who you were before.",
        "You go on as somebody new; what you did stays in the plan.",
    ),
    "not_in": ("You are not in yet.", "Open the link or type the code that an owner gave you."),
    "not_allowed": ("Your role may not do this.", "Ask an owner."),
    "owners_only": ("Only an owner of the session may do this.", "Ask an owner."),
    "viewers_change_nothing": (
        "You are a viewer: you see everything live, and change nothing.",
        "Ask an owner of the session to make you an editor.",
    ),
    "held": ("{} is moving this resection.", "Wait until they let go."),
    "hello_late": (
        "Your page did not say who it is in time.",
        "It tries again by itself; close other heavy pages if it goes on.",
    ),
    "hello_twice": ("This connection said hello before.", "Send it once."),
    "not_in_voice": ("You are not in the voice room.", "Join it first."),
    "may_not_mute": (
        "Only an owner, or who presents, may mute somebody else.",
        "Ask them, or turn them down on your own device.",
    ),
    "not_presenting": (
        "Who presents or owns the session brings everybody to their view.",
        "Show everybody your view first.",
    ),
    "case_corrected": ("The case was corrected meanwhile.", "Ask again."),
    "case_corrected_note": ("The case was corrected since: ask again.", ""),
    "no_tumour": (
        "The case has no tumour to plan around.",
        "Mark the tumour in the segmentation, or plan by hand.",
    ),
    "none_leaves": (
        "No plan found leaves {} % with {} mm of margin; the most that one left is {} %.",
        "Ask for a smaller margin or remnant, spare fewer vessels, or plan by hand.",
    ),
    "none_leaves_without": (
        "No plan found leaves {} % with {} mm of margin around all tumours; the most that one left is {} %.",
        "Without tumour {} {} % would be left; or ask for a smaller margin or remnant.",
    ),
    "none_spares": (
        "Every plan found that takes tumour {} with {} mm of margin cuts a vessel that is to be spared.",
        "Spare fewer vessels, ask for a smaller margin, or leave tumour {} out.",
    ),
    "none_takes": (
        "No plan found takes tumour {} with {} mm of margin.",
        "Ask for a smaller margin or remnant, spare fewer vessels, or plan by hand.",
    ),
    "one_leaves_too_little": (
        "Tumour {} alone leaves {} % at most, of {} % asked for, and less margin does not help.",
        "Leave tumour {} out, or ask for a smaller remnant.",
    ),
    "one_needs_margin": (
        "Tumour {} alone, taken with {} mm of margin, leaves {} % at most, of {} % asked for.",
        "Leave tumour {} out, or ask for {} mm of margin: {} % are left then.",
    ),
    # Why a proposal is there; clauses of one sentence.
    "why.only": ("The only plan found within the limits: {} % remnant, {} mm margin, {} cm² of cut", ""),
    "why.only_functional": (
        "The only plan found within the limits: {} % functional remnant, {} mm margin, {} cm² of cut",
        "",
    ),
    "why.most": ("keeps the largest remnant ({} %)", ""),
    "why.most_functional": ("keeps the largest functional remnant ({} %)", ""),
    "why.as_much": ("keeps as much remnant as any ({} %)", ""),
    "why.as_much_functional": ("keeps as much functional remnant as any ({} %)", ""),
    "why.less": ("keeps {} % remnant, {} points less than the most", ""),
    "why.less_functional": ("keeps {} % functional remnant, {} points less than the most", ""),
    "why.widest_margin": ("has the widest margin ({} mm)", ""),
    "why.smallest_cut": ("has the smallest cut surface ({} cm²)", ""),
    "why.least_vessel": ("cuts the least vessel ({} mm of calibre in all)", ""),
    "why.more_margin": ("{} mm more margin than the plan that keeps most", ""),
    "why.less_cut": ("{} cm² less cut surface than the plan that keeps most", ""),
    "why.less_calibre": ("{} mm less calibre cut than the plan that keeps most", ""),
    "why.another": ("is another way to take the tumours", ""),
    "why.no_vessel": ("cuts no vessel that was seen", ""),
    "why.vessel": ("the largest vessel cut: {} ({} mm)", ""),
    # Warnings of a case.
    "case.no_vessels": ("No vessels were found in the liver.", ""),
    "case.usual_place": (
        "The portal trunk or the mouth of the hepatic veins was not found; portal and hepatic veins are told apart by "
        "their usual place. Check them.",
        "",
    ),
    "case.told_apart_unsure": (
        "Nothing given tells portal from hepatic veins; they were told apart by where they lead, and {} of {} branches "
        "are unsure. Check them.",
        "",
    ),
    "case.told_apart": (
        "Nothing given tells portal from hepatic veins; they were told apart by where they lead. Check them.",
        "",
    ),
    "case.specks": ("{} isolated bits of vessel are part of no tree.", ""),
    "case.no_cava": (
        "The vena cava was not found: the segments' upright planes are placed by the liver's shape.",
        "",
    ),
    "case.no_bifurcation": (
        "The portal bifurcation was not found: upper and lower segments are parted at half the liver's height.",
        "",
    ),
    "case.no_right_vein": ("The right hepatic vein was not found: its plane is placed by landmarks.", ""),
    "case.no_middle_vein": ("The middle hepatic vein was not found: its plane is placed by landmarks.", ""),
    "case.thick_slices": (
        "The slices are {} mm apart: vessels thinner than about {} mm and tumours smaller than about {} mm can be "
        "missed, and the vessel trees end early.",
        "",
    ),
    "case.cut_off": (
        "The liver is cut off at the {} of the scan: {} cm2 of its surface, {} %, lie on the edge. Its volume is too "
        "small, and what lies beyond cannot be planned.",
        "",
    ),
    "case.unusual_size": (
        "The liver measures {} mL, outside the usual {} to {} mL. Check its outline.",
        "",
    ),
    "case.other_series": ("{} other CT series have uneven or missing slices and were left out.", ""),
    "case.other_grid": (
        "The segmentation lies on another grid; the nearest voxel was taken, so volumes may differ.",
        "",
    ),
    "case.outside_scan": ("{} % of a segment lies outside the scan and was left out.", ""),
    "case.less_memory": (
        "{} ran out of memory; the networks looked at smaller parts of the scan at a time.",
        "",
    ),
    "case.gpu_memory": ("The GPU ran out of memory; the CPU finished the segmentation.", ""),
    # What undo and redo would take back: what was done, and to what.
    "deed.undo": ("undo a change of {}", ""),
    "deed.redo": ("redo a change of {}", ""),
    "deed.margin": ("change the margin of {}", ""),
    "deed.segments": ("change the segments of {}", ""),
    "deed.add": ("add {}", ""),
    "deed.move": ("move {}", ""),
    "deed.turn": ("turn {}", ""),
    "deed.flip": ("flip {}", ""),
    "deed.bend": ("bend {}", ""),
    "deed.reshape": ("reshape {}", ""),
    "deed.change": ("change {}", ""),
    "deed.remove": ("remove {}", ""),
    "deed.replace": ("replace {}", ""),
    "deed.make": ("make {}", ""),
    "deed.rename": ("rename {}", ""),
    "deed.keep": ("keep {}", ""),
    "deed.confirm": ("confirm {}", ""),
    "deed.propose": ("propose {}", ""),
    "deed.withdraw": ("withdraw {}", ""),
    "deed.take_out": ("take out {}", ""),
    "deed.enter": ("enter {}", ""),
    "thing.cut": ("cut {}", ""),
    "thing.a_cut": ("a cut", ""),
    "thing.plan": ("the plan", ""),
    "thing.plan_to": ("the plan to {}", ""),
    "thing.plan_called": ("the plan {}", ""),
    "thing.version": ("the version {}", ""),
    "thing.signature": ("the signature of the plan", ""),
    "thing.body": ("height and weight", ""),
    "thing.distance": ("the distance", ""),
    "thing.angle": ("the angle", ""),
    "thing.diameter": ("the diameter", ""),
    "thing.tumour": ("the tumour's diameter", ""),
    "thing.vessel": ("the length along a vessel", ""),
    "thing.area": ("the area of the cut", ""),
    "thing.pin": ("the pin '{}'", ""),
    "thing.note": ("a note", ""),
}
"""By its code: what happened and the cure, with {} where a value stands. The first that fits is meant."""


class Sentence(WireModel):
    """A sentence by its code, for clients to word; numbers among the values are written as in English."""

    code: str
    values: tuple[str, ...] = ()


class Spoken(WireModel):
    """Base of what is said to a person: a sentence that has a code gets it here, whoever said it."""

    message: str
    cure: str
    said: Sentence | None = Field(
        default_factory=lambda told: sentence_of(told.get("message", ""), told.get("cure", ""))
    )


def sentence_of(what: str, cure: str = "") -> Sentence | None:
    """The sentence as its code and values; None where it has no code.

    Args:
        what: what happened, in English.
        cure: what to do about it, in English; one that does not fit the code's brings no values.
    """
    for code, (told, remedy) in _patterns().items():
        if found := told.fullmatch(what):
            cured = remedy.fullmatch(cure)
            return Sentence(code=code, values=(*found.groups(), *(cured.groups() if cured else ())))
    return None


def sentence_of_deed(title: str | None) -> Sentence | None:
    """What undo would take back: the deed's code, then the code of what it was done to, and that one's values."""
    deed = None if title is None else sentence_of(title)
    if deed is None or not deed.values:
        return deed
    thing = sentence_of(deed.values[0])
    return deed if thing is None else Sentence(code=deed.code, values=(thing.code, *thing.values))


@cache
def _patterns() -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    return {code: (_pattern(what), _pattern(cure)) for code, (what, cure) in SENTENCES.items()}


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(re.escape(part) for part in template.split("{}")))
