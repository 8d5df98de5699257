"""Own spectra and peaks equal X-13's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from shuibei_index.adjust.adjusting import seasonally_adjust
from shuibei_index.adjust.quality.evidence import evidence, spectra
from shuibei_index.adjust.quality.spectrum import ar_spectrum, frequencies
from shuibei_index.errors import ShapeError

from .conftest import filtered, simulated

_TAGS = {"original": "spcori", "adjusted": "spcsa", "irregular": "spcirr"}


@pytest.mark.parametrize(("mode", "seed"), [("mult", 1), ("mult", 3), ("add", 4)])
def test_peaks_equal_to_the_engine(mode: str, seed: int) -> None:
    values = simulated(131, noise=0.03, moving=0.02, seed=seed) - (80 if mode == "add" else 0)
    found = evidence(filtered(values, first="2014-04", mode=mode), "S")
    compared = 0
    for name, spectrum in spectra(found).items():
        tag = _TAGS[name]
        np.testing.assert_allclose(np.ptp(spectrum.decibels), found.number(f"{tag}.range"), rtol=1e-8)
        np.testing.assert_allclose(np.median(spectrum.decibels), found.number(f"{tag}.median"), rtol=1e-8)
        for peak in spectrum.peaks:
            told = found.udg[f"{tag}.{peak.name}"].split()
            assert (told[0] == "nopeak") == (peak.stars <= 0), (name, peak)
            if told[0] != "nopeak":
                compared += 1
                np.testing.assert_allclose(peak.stars, float(told[0]), rtol=0, atol=0.0601)
    assert compared >= 3


def test_residuals_of_a_model_equal_to_the_engine() -> None:
    index = pd.period_range("2014-01", periods=132, freq="M")
    values = simulated(132, noise=0.02, moving=0.005, seed=5)
    found = evidence(seasonally_adjust(pd.Series(values, index=index, name="S")), "S")
    spectrum = spectra(found)["residuals"]
    np.testing.assert_allclose(np.ptp(spectrum.decibels), found.number("spcrsd.range"), rtol=1e-8)
    np.testing.assert_allclose(np.median(spectrum.decibels), found.number("spcrsd.median"), rtol=1e-8)


def test_a_planted_cycle_is_a_significant_peak() -> None:
    t = np.arange(120)
    rng = np.random.default_rng(3)
    quarterly = ar_spectrum(np.cos(2 * np.pi * t / 4) + rng.normal(0, 0.3, 120))
    assert [p.name for p in quarterly.significant("s", 6.0)] == ["s3"]
    assert quarterly.significant("t", 6.0) == []
    days = ar_spectrum(np.cos(2 * np.pi * 0.3482 * t) + rng.normal(0, 0.3, 120))
    assert [p.name for p in days.significant("t", 6.0)] == ["t1"]
    assert len(frequencies()) == 61


def test_what_has_no_spectrum_is_told() -> None:
    with pytest.raises(ShapeError, match="at least 35"):
        ar_spectrum(np.ones(30))
    with pytest.raises(ShapeError, match="move"):
        ar_spectrum(np.ones(60))
