"""Frozen inputs: everything a compilation reads, taken from a workspace now or from the store years later."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from shuibei_index.checks import Checks
from shuibei_index.decisions import decisions_bytes, decisions_digest, decisions_from
from shuibei_index.errors import WorkspaceError
from shuibei_index.index import Hierarchy
from shuibei_index.later_rules import complete
from shuibei_index.resources import methodology_dir
from shuibei_index.rules import Rules
from shuibei_index.store import Store
from shuibei_index.workspace import Settings, Workspace

if TYPE_CHECKING:
    from shuibei_index.store.ledger import MonthState
    from shuibei_index.store.store import Transaction

_ACCEPTED = "reference/seasonal_specifications.jsonl"
#: Files of a workspace that a compilation reads.
_FILES = (
    "workspace.toml",
    "panel.csv",
    "weights.csv",
    "reference/metal_prices.csv",
    "reference/business.csv",
    "reference/survey.csv",
    _ACCEPTED,
)


#: Tables of the ledger figures are made from; of the others a release looks at every row as well.
FIGURES = ("months", "decisions", "answers", "sign_offs", "releases")


@dataclass(frozen=True)
class Frozen:
    """The inputs of one compilation.

    Parameters
    ----------
    settings : Settings
    rules : Rules
    trees : dict of int to Hierarchy
        The classification of each weight year.
    weights, panel : DataFrame
        weights.csv and panel.csv.
    months : dict of str to str
        Month → object of its accepted records, in order.
    metal_prices : DataFrame, optional
        reference/metal_prices.csv.
    decisions : DataFrame, optional
        What people decided on records of these months.
    checks : Checks, optional
        The catalogue of checks with the workspace's own; None = the packaged one.
    replacements : DataFrame, optional
        What people decided on replacements of items up to the month, as the ledger has it.
    anew : bool
        Whether everything is to be computed from the accepted records again, and nothing taken over that the store
        derived from them before: what a past release is compared with must not lean on what the release leant on.
    later_rules : str
        What is to be said of rules that came after the release, in both languages; "" = nothing.
    """

    settings: Settings
    rules: Rules
    trees: dict[int, Hierarchy]
    weights: pd.DataFrame
    panel: pd.DataFrame | None
    months: dict[str, str]
    metal_prices: pd.DataFrame | None = None
    decisions: pd.DataFrame | None = None
    checks: Checks | None = None
    replacements: pd.DataFrame | None = None
    anew: bool = False
    later_rules: str = ""

    @classmethod
    def of(cls, workspace: Workspace, store: Store, month: str) -> Frozen:
        """Return the inputs of a compilation up to `month` as they stand now.

        Raises
        ------
        WorkspaceError
            Nothing of the month has been taken in.
        StoreError
            The ledger's account of what was accepted, or of what was decided, is not the one that was sealed.
        """
        with store.snapshot():
            store.require_sealed(FIGURES)
            # months, decisions and replacements of one moment, whoever takes in or decides meanwhile
            states = {m: state for m in store.months() if m <= month and (state := store.month(m)) is not None}
            every = store.register.decisions()
            decisions = store.register.decisions(until=month)
            replaced = store.register.replacements(until=month)
        if month not in states:
            raise WorkspaceError(
                f"nothing of {month} has been taken in; run 'shuibei-index intake --month {month}' first",
                zh=f"{month} 尚未收表，请先运行 shuibei-index intake --month {month}",
            )
        for state in states.values():
            _settled_with_today(state, every)
        accepted = {m: state.accepted for m, state in states.items()}
        rules, checks = workspace.rules(), workspace.checks()
        return cls._from(workspace, rules, accepted, workspace.tree, decisions, checks, replaced)

    @classmethod
    def _from(
        cls,
        workspace: Workspace,
        rules: Rules,
        months: dict[str, str],
        tree: Any,
        decisions: pd.DataFrame,
        checks: Checks,
        replacements: pd.DataFrame,
    ) -> Frozen:
        years = range(int(min(months)[:4]), int(max(months)[:4]) + 2)
        trees = {year: tree(str(year)) for year in years}
        panel = workspace.panel()
        firms = panel if len(panel) else None
        ordered = dict(sorted(months.items()))
        metal = workspace.metal_prices(rules)
        return cls(
            workspace.settings,
            rules,
            trees,
            workspace.weights(),
            firms,
            ordered,
            metal,
            decisions,
            checks,
            replacements,
        )


def _settled_with_today(state: MonthState, taken: pd.DataFrame) -> None:
    """Stop if a decision on records of a month has been taken since it was settled: its records are not up to it."""
    month = state.month
    if state.decisions != decisions_digest(taken[taken["period"] == month]):
        raise WorkspaceError(
            f"decisions on {month} were taken after it was settled; run 'shuibei-index intake --month {month}' first",
            zh=f"{month} 收表后又有新的决定，请先重新运行 shuibei-index intake --month {month}",
        )


def freeze(workspace: Workspace, frozen: Frozen, tx: Transaction) -> dict[str, Any]:
    """Keep every file the compilation reads as an object of the store; return what was kept, by name."""

    def keep(folder: Path, pattern: str) -> dict[str, str]:
        return {path.name: tx.objects.put_bytes(path.read_bytes()) for path in sorted(folder.glob(pattern))}

    taken = pd.DataFrame() if frozen.decisions is None else frozen.decisions
    replaced = pd.DataFrame() if frozen.replacements is None else frozen.replacements
    own = workspace.methodology
    own_trees = own is not None and any((own / "trees").glob("*.csv"))
    return {
        "months": frozen.months,
        # without decisions a release is what it was before there were any
        **({"decisions": tx.objects.put_bytes(decisions_bytes(taken))} if len(taken) else {}),
        **({"replacements": tx.objects.put_bytes(decisions_bytes(replaced))} if len(replaced) else {}),
        "files": {
            name: tx.objects.put_bytes((workspace.root / name).read_bytes())
            for name in _FILES
            if (workspace.root / name).is_file()
        },
        "rules": keep(methodology_dir() / "rules", "*.toml"),
        "own_rules": keep(own / "rules", "*.toml") if own is not None else {},
        # named only where there are any: other releases keep their digests
        **({"own_checks": checks} if own is not None and (checks := keep(own / "checks", "*.toml")) else {}),
        "trees": keep((own if own_trees and own is not None else methodology_dir()) / "trees", "*.csv"),
    }


def digests(inputs: Mapping[str, Any]) -> dict[str, str]:
    """Return one digest for each kind of input, for the manifest."""

    def digest(content: object) -> str:
        text = json.dumps(content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    files = inputs["files"]
    none = hashlib.sha256(b"").hexdigest()
    return {
        "inputs": digest(inputs["months"]),
        **({"decisions": inputs["decisions"]} if "decisions" in inputs else {}),
        **({"replacements": inputs["replacements"]} if "replacements" in inputs else {}),
        **({"checks": digest(inputs["own_checks"])} if "own_checks" in inputs else {}),
        "settings": files["workspace.toml"],
        "panel": files.get("panel.csv", none),
        "weights": files.get("weights.csv", none),
        "metal_prices": files.get("reference/metal_prices.csv", none),
        "tree": digest(inputs["trees"]),
        # named only where people accepted any
        **({"seasonal_specifications": files[_ACCEPTED]} if _ACCEPTED in files else {}),
    }


def thaw(inputs: Mapping[str, Any], store: Store) -> Frozen:
    """Return the inputs of a past compilation from the store alone.

    Raises
    ------
    StoreError
        An object is missing or changed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch)
        placed = {
            f"{kind}/{name}": sha for kind in ("rules", "own_rules", "trees") for name, sha in inputs[kind].items()
        }
        own_checks = {f"own_checks/checks/{name}": sha for name, sha in inputs.get("own_checks", {}).items()}
        for name, sha256 in {**inputs["files"], **placed, **own_checks}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(store.objects.get_bytes(sha256))
        overlay = root / "own_rules" if inputs["own_rules"] else None
        # the overlay may name rules that came after those frozen with it: none did when it was frozen
        completed = complete(Rules.load(root / "rules", overlay=overlay), Rules.load())
        rules = completed.rules
        checks = Checks.load(overlay=root / "own_checks" if own_checks else None)
        workspace = Workspace.open(root)
        # releases made before there were decisions name none
        taken, replaced = (
            decisions_from(store.objects.get_bytes(inputs[name]) if name in inputs else b"")
            for name in ("decisions", "replacements")
        )
        frozen = Frozen._from(
            workspace,
            rules,
            dict(inputs["months"]),
            lambda year: Hierarchy.load(year, root / "trees"),
            taken,
            checks,
            replaced,
        )
    return dataclasses.replace(frozen, anew=True, later_rules=completed.words)
