"""Moving holidays: dates, and the monthly regressors made from them."""
