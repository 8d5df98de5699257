"""Sampling error: replicate weights over firms, standard errors and 95 % bands of any index."""
