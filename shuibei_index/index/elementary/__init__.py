"""Elementary aggregates: observations, matched pairs, formulas, imputation, links of cells; in bulk from tables."""
