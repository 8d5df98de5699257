"""Releases of a small index: revised, withheld, out of order, two on one day."""

import pytest

from .bundles import about_of, bundle, rows


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """Six releases from 2024-03 on; the erratum of 2024-05 comes after 2024-06, and 2024-07 twice on one day."""
    import pandas as pd

    folder = tmp_path_factory.mktemp("vintages") / "releases"
    base = {"2024-01": 100.0, "2024-02": 101.0}
    march = {**base, "2024-03": 102.0}
    april = {**base, "2024-03": 102.504, "2024-04": 103.0}
    may = {**april, "2024-04": 103.0, "2024-05": 104.0}
    june = {**may, "2024-05": 104.25, "2024-06": 105.0}
    mended = {**may, "2024-02": 101.5, "2024-05": 104.5}
    july = {**june, "2024-02": 101.5, "2024-05": 104.5, "2024-07": 106.0}
    again = {**july, "2024-07": 106.75}
    late = {"2024-05": 50.0, "2024-06": 51.0}
    held = rows({"2024-03": 7.0, "2024-04": 8.0}, code="02")
    held.loc[held["period"] == "2024-03", "obs_conf"] = "C"
    shown = rows({"2024-03": 7.5, "2024-04": 8.0}, code="02")
    with_sa = pd.concat([rows(april), rows({"2024-01": 99.0, "2024-02": 102.0}, adjustment="SA"), held])
    bundle(folder, about_of("2024-03"), rows(march))
    bundle(folder, about_of("2024-04"), with_sa)
    bundle(folder, about_of("2024-05"), pd.concat([rows(may), shown]))
    bundle(folder, about_of("2024-06"), pd.concat([rows(june), rows(late, code="01"), shown]))
    bundle(folder, about_of("2024-05-r1", "2024-07-20"), rows(mended))
    bundle(folder, about_of("2024-07", "2024-08-15"), pd.concat([rows(july), rows(late, code="01")]))
    bundle(folder, about_of("2024-07-r1", "2024-08-15"), pd.concat([rows(again), rows(late, code="01")]))
    return folder


@pytest.fixture(scope="session")
def vintages(home):
    from shuibei_index.vintages import read_vintages

    return read_vintages(home)
