"""What people who look at a session again ask for: answered off the event loop, beside the session that goes on."""

from __future__ import annotations

from threading import Lock

from engine.case import SESSION_FOLDER
from engine.errors import CaseError, PlanError
from streaming.planning.measuring import Measuring
from streaming.planning.planning_case import LOG_FILE, PlanningCase
from streaming.protocol import RecordedPresence, ReplayedNumbers, ReplayedPlans, ReplayTimeline
from streaming.replay.past import Past, PastOfCase
from streaming.replay.recordings import RECORDING_FILE, Recordings
from streaming.replay.timeline import timeline_of
from streaming.session.plan_messages import plan_state, plans_message


class Archive:
    """Of one open case. Every call may block; any thread may call.

    Args:
        opened: the case.
    """

    def __init__(self, opened: PlanningCase) -> None:
        folder = opened.case.path / SESSION_FOLDER
        self._past = PastOfCase(folder / LOG_FILE, opened.start.plan)
        self._recordings = Recordings(folder / RECORDING_FILE)
        self._lock = Lock()

    def timeline(self, opened: PlanningCase) -> ReplayTimeline:
        """Everything that happened so far.

        Raises:
            CaseError: the log cannot be read.
        """
        return timeline_of(opened.case.path, opened.case.manifest.case_id, self.newest())

    def plans(self, opened: PlanningCase, revision: int) -> ReplayedPlans:
        """All plans as they were after an operation.

        Raises:
            CaseError: there is no such operation, or the log cannot be read.
        """
        plan = self._at(revision).at(revision)
        segmentation = opened.case.manifest.labels.sha256
        return ReplayedPlans(
            revision=revision,
            plans=plans_message(plan, segmentation),
            contents=tuple(plan_state(plan, one.plan_id) for one in plan.shown_plans),
        )

    def numbers(self, opened: PlanningCase, revision: int, plan_id: str) -> ReplayedNumbers:
        """The numbers of a plan as it was, counted on the case as it is.

        Raises:
            CaseError: there is no such operation or plan, or the log cannot be read.
        """
        plan = self._at(revision).at(revision)
        if plan.plan(plan_id) is None:
            raise CaseError("There was no such plan then.", cure="Choose another plan, or another instant.")
        resections = plan.resections_of(plan_id)
        numbers, message, cure = None, "", ""
        try:
            numbers = opened.numbers(resections, plan.body, details=True)
        except PlanError as error:
            message, cure = error.what, error.cure
        notes = tuple(one.measurement for one in plan.measurements_of(plan_id))
        values = Measuring(opened).values(revision, notes, resections).values if notes else ()
        return ReplayedNumbers(
            revision=revision, plan_id=plan_id, numbers=numbers, measured=values, message=message, cure=cure
        )

    def people(self, number: int) -> RecordedPresence | None:
        """A stretch of the recording; None where there is none.

        Raises:
            CaseCorruptError: it cannot be read.
        """
        return self._recordings.stretch(number)

    def newest(self) -> Past:
        """The log as it is on disk now.

        Raises:
            CaseError: it cannot be read.
        """
        with self._lock:
            return self._past.newest()

    def _at(self, revision: int) -> Past:
        past = self._past.known if revision <= self._past.known.revision else self.newest()
        if not 0 <= revision <= past.revision:
            raise CaseError("There is no such instant in the session.", cure="Reload the page.")
        return past
