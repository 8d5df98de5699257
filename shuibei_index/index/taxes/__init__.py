"""Taxes: the index with and without the tax in prices, and the factors by which a change of tax moved it."""

from shuibei_index.index.taxes.content import tax_content
from shuibei_index.index.taxes.restated import Restated, with_tax, without_tax

__all__ = ["Restated", "tax_content", "with_tax", "without_tax"]
