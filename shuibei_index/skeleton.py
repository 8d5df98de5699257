"""The files of a new, empty workspace."""

from __future__ import annotations

from pathlib import Path

from shuibei_index import months
from shuibei_index.errors import UsageError

_TOML = """\
# 工作区设置 / workspace settings (names and meaning: README.md, "The workspace")
schema_version = 1
name_zh = "水贝·中国珠宝指数"
name_en = "Shuibei China Jewelry Index"
{base}
link_month = 12            # 链接月 weights change after this month
tax_basis = "{tax_basis}"         # 指数口径 incl 含税 | excl 不含税
stage = "{stage}"      # 环节 wholesale 批发 | retail 零售
trial = {trial}              # true = 试运行，不要求签发 no sign-off
# methodology = "methodology"   # 本工作区自有的规则与分类树 own rules/ and trees/, over the packaged ones
"""

_FILES = {
    "panel.csv": ("enterprise_id,name,group,joined,left,contact\n", "样本企业 the reporting enterprises"),
    "weights.csv": (
        "year,class_code,weight,price_period\n",
        "权重（可空）weights by year; empty = last year's turnover",
    ),
    "signatories.csv": (
        "name,also,role\n",
        "可签字人（空 = 不核对姓名）who may sign; empty = names are not checked",
    ),
    "reference/metal_prices.csv": (
        "period,metal,cny_per_gram,source\n",
        "金属价格 metal prices, CNY per gram: of months (period) or quotes with their time (quoted_at)",
    ),
}


def make_workspace(
    folder: str | Path, *, base_period: str = "", tax_basis: str = "incl", stage: str = "wholesale", trial: bool = False
) -> list[tuple[str, str]]:
    """Make an empty workspace and return its files with their purpose.

    Raises
    ------
    UsageError
        The folder has files in it, or the base period is not a year or month.
    """
    root = Path(folder)
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError(
            f"{root} exists and is not an empty folder; choose another name", zh=f"{root} 已存在且非空，请另选文件夹"
        )
    if base_period:
        months.months_of(base_period)
    base = f'base_period = "{base_period}"' if base_period else '# base_period = "2014"   # 基期，不填则取首个完整年度'
    root.mkdir(parents=True, exist_ok=True)
    # what firms send is for the team alone
    (root / "inbox").mkdir(mode=0o700)
    (root / "reference").mkdir()
    toml = _TOML.format(base=base, tax_basis=tax_basis, stage=stage, trial=str(trial).lower())
    (root / "workspace.toml").write_text(toml, encoding="utf-8")
    made = [("workspace.toml", "设置 settings")]
    for name, (content, purpose) in _FILES.items():
        (root / name).write_text(content, encoding="utf-8")
        made.append((name, purpose))
    made.append(("inbox/YYYY-MM/", "企业报送文件（xlsx, csv, parquet）what enterprises send"))
    return made
