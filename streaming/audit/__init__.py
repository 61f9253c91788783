"""The audit log: who opened, changed, exported what and when; every entry carries the hash of the one before."""

from streaming.audit.events import AuditEvent, Detail
from streaming.audit.trail import AuditTrail, note_command, trail_of_case, trail_of_folder

__all__ = ["AuditEvent", "AuditTrail", "Detail", "note_command", "trail_of_case", "trail_of_folder"]
