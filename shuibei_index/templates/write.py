"""Write: the verb of the forms, one firm's form into one file."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from shuibei_index.errors import UsageError, did_you_mean
from shuibei_index.index.hierarchy import Hierarchy
from shuibei_index.rules import Rules, RulesAt
from shuibei_index.templates.delimited import form_csv
from shuibei_index.templates.form import make_form
from shuibei_index.templates.private import write_private
from shuibei_index.templates.workbook import form_workbook

FORMATS = {".xlsx": form_workbook, ".csv": form_csv}
_UNSAFE = '<>:"/\\|?*'


def write_template(
    path: str | Path,
    *,
    enterprise_id: str,
    month: str,
    rules: Rules | RulesAt | None = None,
    tree: Hierarchy | None = None,
    items: pd.DataFrame | None = None,
    name: str = "",
    stage: str = "wholesale",
    metal_prices: pd.DataFrame | None = None,
    overwrite: bool = False,
) -> Path:
    """Write the form a firm reports a month with: .xlsx for people, .csv for programs.

    Parameters
    ----------
    path : str or Path
        The file to write; its extension says which form. Readable by its owner only.
    enterprise_id, month, name : str
        The firm, the month it reports on, and how the firm is called.
    rules : Rules or RulesAt, optional
        Default: the packaged ones.
    tree : Hierarchy, optional
        Default: the packaged tree of the month.
    items : DataFrame, optional
        What `own_items` gives: the firm's items and last month's figures. Without it there are empty lines only.
    stage : str
        Trade stage of the examples.
    metal_prices : DataFrame, optional
        period, metal, cny_per_gram: for the examples.
    overwrite : bool
        Replace a file with other content.

    Returns
    -------
    Path

    Raises
    ------
    UsageError
        The extension is neither, the month or firm is none, or another file stands there.

    Notes
    -----
    Made from the same schema and rules as the checks: a form filled in within its limits gives no finding.
    Nothing that changes from month to month is filled in: last month's figures stand on a sheet that is never read.
    The same arguments give the same bytes. Page: methodology/1-intake.md.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     form = write_template(f"{folder}/E012.csv", enterprise_id="E012", month="2025-06")
    ...     form.read_text(encoding="utf-8-sig")[:12]
    '企业代码,报告期,行号,'
    """
    target = Path(path)
    if target.suffix.lower() not in FORMATS:
        raise UsageError(
            f"{target.name}: a form is .xlsx or .csv{did_you_mean(target.suffix.lower(), FORMATS)}",
            zh=f"{target.name}：填报表只有 .xlsx 和 .csv 两种格式",
        )
    form = make_form(
        enterprise_id,
        month,
        rules=Rules.load() if rules is None else rules,
        tree=tree,
        items=items,
        name=name,
        stage=stage,
        metal_prices=metal_prices,
    )
    return write_private(target, FORMATS[target.suffix.lower()](form), overwrite=overwrite)


def file_name(enterprise_id: str, month: str, suffix: str) -> str:
    """Return the name of a firm's form; signs no file name can have become hyphens.

    Examples
    --------
    >>> file_name("E012", "2025-06", ".xlsx"), file_name("../甲", "2025-06", ".csv")
    ('E012_2025-06.xlsx', '..-甲_2025-06.csv')
    """
    plain = "".join("-" if sign in _UNSAFE or not sign.isprintable() else sign for sign in enterprise_id)
    return f"{plain}_{month}{suffix}"
