"""Response: who reported and what the missing do to the index, reminders to the missing, scorecards for the others."""

from shuibei_index.moments import read_day
from shuibei_index.response.reminder import write_reminders
from shuibei_index.response.scorecard import write_scorecards
from shuibei_index.response.status import MonthStatus, month_status, overview, write_status

__all__ = [
    "MonthStatus",
    "month_status",
    "overview",
    "read_day",
    "write_reminders",
    "write_scorecards",
    "write_status",
]
