"""The straight line: no stage imports a later one; the command line knows only the pipeline."""

import ast
from pathlib import Path

import pytest

import shuibei_index

PACKAGE = Path(shuibei_index.__file__).parent
ORDER = ["intake", "validation", "aggregate", "index", "adjust", "release"]
#: What every room may use, and who may use whom beside the line.
GROUND = {
    "errors",
    "metal_prices",
    "moments",
    "months",
    "resources",
    "rules",
    "version",
    "checks",
    "workspace",
    "workspace_tables",
    "written_form",
    "metal_rows",
    "required",
    "signed",
}
#: The tree belongs to the index stage but is the classification that all stages speak of.
TREE = {"shuibei_index.index.hierarchy", "shuibei_index.index.tree"}


def imports_of(path):
    """Modules of this package a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("shuibei_index"):
            if node.module == "shuibei_index":
                yield from (f"shuibei_index.{a.name}" for a in node.names)
            else:
                yield node.module
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.startswith("shuibei_index."))


@pytest.mark.parametrize("stage", ORDER)
def test_no_stage_imports_a_later_one(stage):
    later = set(ORDER[ORDER.index(stage) + 1 :]) | {
        "pipeline",
        "cli",
        "simulation",
        "frozen",
        "outcome",
        "forms",
        "response",
        "site",
        "vintages",
        "compliance",
        "export",
    }
    for path in sorted((PACKAGE / stage).rglob("*.py")):
        bad = [m for m in imports_of(path) if m not in TREE and m.split(".")[1] in later]
        assert not bad, f"{path.relative_to(PACKAGE)} imports {bad}"


def test_ground_imports_no_stage():
    for name in GROUND:
        bad = [m for m in imports_of(PACKAGE / f"{name}.py") if m not in TREE and m.split(".")[1] in ORDER]
        # the catalogue makes findings: it knows their columns
        bad = [m for m in bad if m != "shuibei_index.intake.schema"]
        assert not bad, f"{name}.py imports {bad}"


def test_the_command_line_calls_the_pipeline_only():
    allowed = GROUND | {"pipeline", "cli", "sample", "skeleton", "simulation", "lab", "forms", "response"}
    allowed |= {"escalation", "vintages", "site", "compliance"}
    for path in sorted((PACKAGE / "cli").glob("*.py")):
        bad = [m for m in imports_of(path) if m.split(".")[1] not in allowed]
        assert not bad, f"cli/{path.name} imports {bad}"


def test_public_names_are_there_and_stay_functions():
    import shuibei_index.simulation
    import shuibei_index.validation

    for name in shuibei_index.__all__:
        assert getattr(shuibei_index, name) is not None
    assert callable(shuibei_index.validate) and callable(shuibei_index.simulate)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = shuibei_index.nonsense


def test_no_loops_over_rows_in_the_package():
    words = ("iterrows", "itertuples", "np.vectorize", ".apply(")
    for path in sorted(PACKAGE.rglob("*.py")):
        # the confidentiality of a whole table is applied at once
        text = path.read_text(encoding="utf-8").replace("protection.apply(", "")
        assert not [w for w in words if w in text], path


def test_names_of_the_contract_are_where_it_says():
    from shuibei_index import index

    for path in (
        "chain.chain", "chain.unchain", "chain.link", "chain.rebase", "chain.price_update", "hierarchy.aggregate",
        "bilateral.tornqvist", "bilateral.geary_khamis", "multilateral.geks", "multilateral.wtpd", "splice.extend",
        "contributions.contributions_frame",
    ):  # fmt: skip
        module, name = path.split(".")
        assert callable(getattr(getattr(index, module), name)), path
