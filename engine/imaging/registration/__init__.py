"""Two scans of one patient's liver brought over each other."""

from engine.imaging.registration.quality import RegistrationQuality
from engine.imaging.registration.register import (
    LEAST_DICE,
    LiverRegistration,
    RegistrationOptions,
    check_quality,
    register_livers,
)

__all__ = [
    "LEAST_DICE",
    "LiverRegistration",
    "RegistrationOptions",
    "RegistrationQuality",
    "check_quality",
    "register_livers",
]
