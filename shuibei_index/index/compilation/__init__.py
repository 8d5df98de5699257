"""The compilation of the index: coded inputs, weight years, month by month, the series and what stands behind it."""
