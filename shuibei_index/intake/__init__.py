"""Intake: files as enterprises sent them become one table of reports."""
