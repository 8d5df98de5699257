"""Indices of many months at once, free of chain drift; similarity linking is in `multilateral.similarity`."""

from shuibei_index.index.multilateral.dummies import time_dummy_hedonic
from shuibei_index.index.multilateral.imputed import imputed_geks
from shuibei_index.index.multilateral.methods import ccdi, geary_khamis, geks, tpd, wtpd

__all__ = ["ccdi", "geary_khamis", "geks", "imputed_geks", "time_dummy_hedonic", "tpd", "wtpd"]
