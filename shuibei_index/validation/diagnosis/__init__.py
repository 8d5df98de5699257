"""What mistake a doubtful record looks like: candidate readings, ranked by how well each fits; never applied."""

from __future__ import annotations

from shuibei_index.validation.diagnosis.diagnoses import Diagnoses
from shuibei_index.validation.diagnosis.wording import diagnosis_names

__all__ = ["Diagnoses", "diagnosis_names"]
