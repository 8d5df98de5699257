"""What the goods of each class are like: illustrative figures, see methodology/simulator.md."""

from __future__ import annotations

from dataclasses import dataclass

from shuibei_index.index.hierarchy import Hierarchy

PER_GRAM, PER_PIECE, PERCENT = 0, 1, 2


@dataclass(frozen=True)
class ClassProfile:
    """Goods of a class.

    Parameters
    ----------
    share
        Turnover share of the class or of the group of classes under the prefix (any scale).
    fineness
        Tenths of a per mille that occur, each equally often; () = no metal.
    weight
        Median net metal weight of a piece in grams (0 = none), or gross weight for goods without metal.
    charge
        Making charge in CNY per gram at the start (before tax basis).
    charge_trend
        Log change of charges a year.
    bases
        Bases of charge that occur (per gram, per piece, percent of metal value), each equally often.
    loss
        Loss rates in hundredths of a percent that occur.
    stone
        CNY per carat (unit ct) or per piece (else); 0 = no stones.
    stone_trend
        Log change of stone prices a year.
    carat
        Carats of a piece; (low, high).
    stone_types
        Names of the stones.
    gross
        Gross weight on net weight, (low, high), beyond the stones.
    """

    share: float
    fineness: tuple[int, ...] = ()
    weight: float = 0.0
    charge: float = 0.0
    charge_trend: float = 0.03
    bases: tuple[int, ...] = (PER_GRAM,)
    loss: tuple[int, ...] = (0,)
    stone: float = 0.0
    stone_trend: float = 0.0
    carat: tuple[float, float] = (0.0, 0.0)
    stone_types: tuple[str, ...] = ()
    gross: tuple[float, float] = (1.0, 1.0)


#: By class code or the beginning of one; the longest that fits counts.
PROFILES: dict[str, ClassProfile] = {
    "0": ClassProfile(1.0, weight=10.0, stone=300.0, stone_types=("其他",)),
    "01": ClassProfile(5.0, (9990,), 8.0, 15.0, 0.03, (PER_GRAM, PER_GRAM, PER_PIECE), (0, 50)),
    "010101": ClassProfile(27.0, (9990, 9990, 9900, 9999), 9.0, 12.0, 0.03, (0, 0, 0, 1), (0, 0, 50, 100)),
    "010102": ClassProfile(12.0, (9990,), 16.0, 30.0, 0.05, (0, 0, 1), (0, 0, 50)),
    "010103": ClassProfile(10.0, (9990, 9900), 4.0, 32.0, 0.01, (0, 1, 1), (0, 50)),
    "010201": ClassProfile(1.2, (9160,), 8.0, 18.0, 0.02, (0, 2), (0, 100), gross=(1.0, 1.02)),
    "010202": ClassProfile(4.0, (7500,), 3.5, 28.0, 0.02, (0, 1, 2), (0, 100, 200), gross=(1.01, 1.12)),
    "010203": ClassProfile(0.8, (5850, 5850, 3750), 3.0, 24.0, 0.02, (0, 1), (0, 150), gross=(1.01, 1.10)),
    "0201": ClassProfile(5.0, (9500, 9900, 9990), 5.0, 32.0, 0.02, (0, 0, 2), (0, 100)),
    "0202": ClassProfile(1.0, (9500, 9900), 4.0, 22.0, 0.01, (0,), (0, 100)),
    "0203": ClassProfile(3.0, (9250, 9900, 9990), 12.0, 2.5, 0.03, (0, 0, 1), (0,)),
    "030101": ClassProfile(0.8, stone=4200.0, stone_trend=-0.02, carat=(0.10, 0.29), stone_types=("钻石",)),
    "030102": ClassProfile(1.5, stone=9500.0, stone_trend=-0.01, carat=(0.30, 0.49), stone_types=("钻石",)),
    "030103": ClassProfile(1.6, stone=18000.0, stone_trend=-0.01, carat=(0.50, 0.99), stone_types=("钻石",)),
    "030104": ClassProfile(1.2, stone=42000.0, stone_trend=0.00, carat=(1.00, 2.50), stone_types=("钻石",)),
    "0302": ClassProfile(
        6.0, (7500,), 3.2, 60.0, 0.02, (0, 1), (0, 200), 2600.0, -0.01, (0.10, 0.60), ("钻石",), (1.0, 1.01)
    ),
    "0303": ClassProfile(0.8, stone=6000.0, stone_trend=-0.15, carat=(0.50, 2.00), stone_types=("培育钻石",)),
    "0401": ClassProfile(7.5, weight=35.0, stone=2800.0, stone_trend=0.05, stone_types=("翡翠",)),
    "0402": ClassProfile(2.5, weight=40.0, stone=1500.0, stone_trend=0.03, stone_types=("和田玉",)),
    "0403": ClassProfile(0.8, weight=30.0, stone=260.0, stone_trend=0.01, stone_types=("玛瑙", "岫玉")),
    "0501": ClassProfile(
        2.2, stone=5200.0, stone_trend=0.04, carat=(0.50, 3.00), stone_types=("红宝石", "蓝宝石", "祖母绿")
    ),
    "0502": ClassProfile(
        1.4, stone=900.0, stone_trend=0.03, carat=(0.80, 5.00), stone_types=("碧玺", "坦桑石", "石榴石")
    ),
    "0503": ClassProfile(
        1.8, (7500,), 3.5, 55.0, 0.02, (0, 1), (0, 200), 1900.0, 0.03, (0.40, 2.50), ("红宝石", "碧玺"), (1.0, 1.01)
    ),
    "0601": ClassProfile(1.6, weight=4.0, stone=1300.0, stone_trend=0.03, stone_types=("海水珍珠",)),
    "0602": ClassProfile(1.8, weight=30.0, stone=220.0, stone_trend=0.02, stone_types=("淡水珍珠",)),
    "0603": ClassProfile(0.7, weight=15.0, stone=500.0, stone_trend=0.02, stone_types=("珊瑚", "琥珀")),
    "90": ClassProfile(8.0, (9999, 9999, 9990), 50.0, 2.5, 0.01, (PER_GRAM,), (0,)),
    "91": ClassProfile(0.8, (9990, 7500), 9.0, 8.0, 0.03, (PER_GRAM,), (0,)),
}

#: Share of a style (last two digits of an eight-digit code) inside its group.
STYLES = {"01": 0.20, "02": 0.28, "03": 0.26, "04": 0.08, "05": 0.13, "09": 0.05}


def profile_of(code: str) -> ClassProfile:
    """Return the profile with the longest prefix of `code`; classes nobody foresaw get a general one."""
    fits = [prefix for prefix in PROFILES if code.startswith(prefix)]
    return PROFILES[max(fits, key=len)] if fits else PROFILES["0"]


def class_shares(codes: tuple[str, ...]) -> dict[str, float]:
    """Return the intended turnover share of each leaf; the leaves under one prefix divide its share by style.

    Examples
    --------
    >>> class_shares(("0201", "0203"))
    {'0201': 0.625, '0203': 0.375}
    """
    style = {code: STYLES.get(code[-2:], 0.05) if len(code) >= 8 else 1.0 for code in codes}
    group = {code: max((p for p in PROFILES if code.startswith(p)), key=len, default="0") for code in codes}
    whole = {g: sum(style[c] for c in codes if group[c] == g) for g in set(group.values())}
    raw = {code: PROFILES[group[code]].share * style[code] / whole[group[code]] for code in codes}
    total = sum(raw.values())
    return {code: share / total for code, share in raw.items()}


def trees_by_year(first: int, last: int) -> dict[int, Hierarchy]:
    """Return the packaged tree in force in each year."""
    return {year: Hierarchy.load(str(year)) for year in range(first, last + 1)}
