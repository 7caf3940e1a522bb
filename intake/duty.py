"""Who is on duty: the team's rota, and the dates it promises (counted in ``intake.working_time``)."""

from __future__ import annotations

from intake.working_time import ScheduleError, WorkCalendar, answer_by, is_working_day

__all__ = ["ScheduleError", "WorkCalendar", "answer_by", "is_working_day"]
