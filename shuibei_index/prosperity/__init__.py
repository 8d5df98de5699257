"""The prosperity index 景气指数: scale, efficiency and confidence beside the prices, base = 1000."""

from shuibei_index.prosperity.compute import prosperity_index
from shuibei_index.prosperity.inputs import read_business, read_survey
from shuibei_index.prosperity.result import ProsperityIndex
from shuibei_index.prosperity.turnover import firm_turnover
from shuibei_index.prosperity.workspace import of_release, of_workspace

__all__ = [
    "ProsperityIndex",
    "firm_turnover",
    "of_release",
    "of_workspace",
    "prosperity_index",
    "read_business",
    "read_survey",
]
