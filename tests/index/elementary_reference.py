"""A slow, independent implementation of elementary links and imputation: loops over products and months."""

import math


def mean_of_order(values, weights, order):
    total = math.fsum(weights)
    if total == 0:
        return math.nan
    if order == 0:
        return math.exp(math.fsum(w * math.log(x) for x, w in zip(values, weights, strict=True)) / total)
    power = math.fsum(w * x**order for x, w in zip(values, weights, strict=True)) / total
    return power ** (1 / order)


def both(a, b):
    return b if math.isnan(a) else a if math.isnan(b) else math.sqrt(a * b)


def formula_of(name, rows):
    """rows: (relative, reference price, value before, value now) of the matched products of a cell."""
    if not rows:
        return math.nan
    r, ref, v0, v1 = (list(x) for x in zip(*rows, strict=True))
    one = [1.0] * len(r)
    # nothing matched was sold in the month before: this month's values
    base = v0 if sum(v0) > 0 else v1
    half = [math.sqrt(a * b) for a, b in zip(v0, v1, strict=True)]
    half = half if sum(half) > 0 else v1
    if name in ("bmw", "walsh"):
        w = one if name == "bmw" else half
        up = math.fsum(x * math.sqrt(y) for x, y in zip(w, r, strict=True))
        down = math.fsum(x / math.sqrt(y) for x, y in zip(w, r, strict=True))
        return up / down if down else math.nan
    return {
        "jevons": lambda: mean_of_order(r, one, 0),
        "carli": lambda: mean_of_order(r, one, 1),
        "harmonic": lambda: mean_of_order(r, one, -1),
        "cswd": lambda: both(mean_of_order(r, one, 1), mean_of_order(r, one, -1)),
        "dutot": lambda: math.fsum(a * b for a, b in zip(r, ref, strict=True)) / math.fsum(ref),
        "tornqvist": lambda: both(mean_of_order(r, base, 0), mean_of_order(r, v1, 0)),
        "geo_laspeyres": lambda: mean_of_order(r, base, 0),
        "geo_paasche": lambda: mean_of_order(r, v1, 0),
        "laspeyres": lambda: mean_of_order(r, base, 1),
        "paasche": lambda: mean_of_order(r, v1, -1),
        "palgrave": lambda: mean_of_order(r, v1, 1),
        "fisher": lambda: both(mean_of_order(r, base, 1), mean_of_order(r, v1, -1)),
    }[name]()


def above(links, levels, weights, groups):
    """Links of groups and of all, cells and groups without any taken from above: (by cell, by group, all)."""

    def weighted(names, link):
        known = [n for n in names if not math.isnan(link[n])]
        total = sum(weights[n] * levels[n] for n in known)
        return sum(weights[n] * levels[n] * link[n] for n in known) / total if total else math.nan

    by_group = {g: weighted(cells, links) for g, cells in groups.items()}
    top = weighted(groups, by_group)
    by_group = {g: top if math.isnan(x) else x for g, x in by_group.items()}
    group_of = {c: g for g, cells in groups.items() for c in cells}
    return {c: by_group[group_of[c]] if math.isnan(x) else x for c, x in links.items()}, by_group, top


def compile_slowly(prices, values, cell_of, months, formula, method, limit, weights, groups):
    """prices, values: {(item, month)}; cell_of: {item}; weights of cells; groups: {group: cells} → own links, tops.

    Products stay in the sample to the end. Returns own links by month and cell, and the chained level of all.
    """
    weights = weights | {g: sum(weights[c] for c in cells) for g, cells in groups.items()}
    levels = dict.fromkeys(weights, 1.0)
    state, own, top = {}, [], [1.0]
    for i in cell_of:
        if (i, 0) in prices:
            state[i] = {"ref": prices[i, 0], "seen": 0, "value": values[i, 0], "at": 0}
    for t in range(1, months):
        links = {}
        for c in set(cell_of.values()):
            rows = []
            for i in (i for i in cell_of if cell_of[i] == c and i in state):
                s = state[i]
                before = s["value"] if s["at"] == t - 1 else 0.0
                if (i, t) in prices:
                    rows.append((prices[i, t] / s["ref"], s["ref"], before, values[i, t]))
                elif method == "carry_forward" and t - s["seen"] <= limit:
                    rows.append((1.0, s["ref"], before, s["value"]))
            links[c] = formula_of(formula, rows)
        own.append(links)
        done, by_group, whole = above(links, levels, weights, groups)
        for n, x in (done | by_group).items():
            levels[n] *= x
        top.append(top[-1] * whole)
        for i in cell_of:
            if (i, t) in prices:
                state[i] = {"ref": prices[i, t], "seen": t, "value": values[i, t], "at": t}
            elif i in state:
                move = {"parental": done, "class_mean": links}.get(method, {}).get(cell_of[i], 1.0)
                if method == "none" or t - state[i]["seen"] > limit or math.isnan(move):
                    del state[i]
                else:
                    state[i]["ref"] *= move
                    if method == "carry_forward":
                        state[i]["at"] = t
    return own, top
