"""The linter for words: a Chinese or English text held against what a release says."""

from shuibei_index.release.linting.linter import Finding, lint_release, lint_text
from shuibei_index.release.linting.source import read_source

__all__ = ["Finding", "lint_release", "lint_text", "read_source"]
