"""An attacker who has only what is published: a second implementation that shares no code with the package.

Five attacks. On tables: bounds by linear programming in both directions, for an outsider and for each firm that knows
its own figures; and all weighted sums of published cells, for what two firms have nearly all of. On bundles: every
equation that indices, contributions, links and the tree give between the values behind them. On logarithms: levels,
rates and link factors of one class. On contributions: what follows from those of other classes and components.
"""

import collections
import itertools

import numpy as np
import pandas as pd
from scipy.optimize import linprog

PRIMARY = {"threshold", "dominance", "p_percent", "imputed", "neighbour"}


def margins(cells, parents):
    """Turnover per firm of every class, component and month with its margins, by plain dictionaries."""
    total = collections.defaultdict(lambda: collections.defaultdict(float))
    for row in cells[cells["turnover"] != 0].to_dict("records"):
        code = row["class_code"]
        while code:
            for component in {row.get("component", "total"), "total"}:
                total[(row["period"], code, component)][row["enterprise_id"]] += row["turnover"]
            code = parents.get(code, "")
    return total


def attack_table(cells, parents, pattern, *, prior=0.5, need=0.1, insiders=True):
    """Return the primary cells (period, class, component, attacker) that come out closer than `need` of their value."""
    firms = margins(cells, parents)
    conf = {(r.period, r.class_code, r.component): (r.obs_conf, r.reason) for r in pattern.itertuples()}
    found = []
    for period in sorted({key[0] for key in firms}):
        value = {key[1:]: sum(own.values()) for key, own in firms.items() if key[0] == period}
        secret = [key for key in value if conf[(period, *key)][0] == "C"]
        guarded = [key for key in secret if conf[(period, *key)][1] in PRIMARY]
        if not guarded:
            continue
        sums = []
        for code, component in value:
            children = [(c, component) for c, above in parents.items() if above == code and (c, component) in value]
            parts = [(c, k) for c, k in value if c == code and k != "total"]
            sums += [((code, component), children)] if children else []
            sums += [((code, "total"), parts)] if component == "total" and parts else []
        at = {key: j for j, key in enumerate(secret)}
        left, right = np.zeros((len(sums), len(secret))), np.zeros(len(sums))
        for i, (whole, parts) in enumerate(sums):
            for key, sign in [(whole, 1.0), *((p, -1.0) for p in parts)]:
                if key in at:
                    left[i, at[key]] += sign
                else:
                    right[i] -= sign * value[key]
        who = {f for key in secret for f in firms[(period, *key)]} if insiders else set()
        for attacker in [None, *sorted(who)]:
            box = []
            for key in secret:
                own = firms[(period, *key)]
                low, high = (1 - prior) * value[key], (1 + prior) * value[key]
                if attacker is not None and set(own) == {attacker}:
                    low = high = value[key]
                box.append((low, high))
            for key in guarded:
                if set(firms[(period, *key)]) == {attacker}:
                    continue
                reach = _reach(left, right, box, at[key], value[key])
                if min(reach) < need * value[key] * (1 - 1e-4):
                    found.append((period, *key, attacker or "outsider"))
    return found


def _reach(left, right, box, j, truth):
    scale = max(high for _, high in box)
    reach = []
    for sign in (1.0, -1.0):
        aim = np.zeros(len(box))
        aim[j] = sign
        done = linprog(
            aim,
            A_eq=left / 1.0,
            b_eq=right / scale,
            bounds=[(low / scale, high / scale) for low, high in box],
            method="highs-ds",
        )
        assert done.status == 0, done.message
        reach.append(abs(done.x[j] * scale - truth))
    return reach


def attack_sums(cells, parents, pattern, *, share=0.9, p=0.1):
    """Return the (period, firm, firm) that come out of a weighted sum of leaves that is public.

    Published cells are added and subtracted with any weights. Two firms have more than `share` of the sum; or the
    second, who knows its own, knows the first within `p`. What has a weight below 0 is in doubt as a whole.
    """
    firms = margins(cells, parents)
    shown = {(r.period, r.class_code, r.component) for r in pattern.itertuples() if r.obs_conf == "F"}
    ends = set(cells["class_code"])
    split = "component" in cells and set(cells["component"]) != {"total"}
    found = []
    for period in sorted({key[0] for key in firms}):
        own = {key[1:]: who for key, who in firms.items() if key[0] == period}
        leaves = [k for k in own if k[0] in ends and (k[1] != "total" or not split)]
        names = sorted({f for k in leaves for f in own[k]})
        held = np.array([[own[k].get(f, 0.0) for k in leaves] for f in names])
        held /= held.max()
        sums = np.array(
            [
                [leaf in _below(code, parents) and component in ("total", part) for leaf, part in leaves]
                for code, component in own
                if (period, code, component) in shown
            ],
            dtype=float,
        )
        n, total = len(leaves), held.sum(axis=0)
        for f, g in itertools.permutations(range(len(names)), 2):
            rest = np.maximum(total - held[f] - held[g], 0.0)
            for told, doubt, limit in (
                (held[f] + held[g], total, 1 / share - 1),
                (held[f], total - held[g], p),
            ):
                if (told is not held[f] and f > g) or not ((rest < limit * told) & (told > 0)).any():
                    continue
                done = linprog(
                    np.concatenate([np.zeros(len(sums)), rest, doubt]),
                    A_eq=np.block([[sums.T, -np.eye(n), np.eye(n)], [np.zeros(len(sums)), told, np.zeros(n)]]),
                    b_eq=np.concatenate([np.zeros(n), [1.0]]),
                    bounds=[(None, None)] * len(sums) + [(0, None)] * (2 * n),
                    method="highs-ds",
                )
                if done.status == 0 and done.fun < limit * (1 - 1e-6):
                    found.append((period, names[f], names[g]))
    return found


def _below(code, parents):
    found = {code}
    while more := {c for c, above in parents.items() if above in found} - found:
        found |= more
    return found


def attack_bundle(frames, truth, parents_of_year, guarded, *, prior=0.5, need=0.1):
    """Return the (year, class, month) whose value behind the published figures comes out too close.

    Parameters
    ----------
    frames : dict of DataFrame
        indices, contributions, links as published.
    truth : dict
        (year, class, month) → weight × relative, the link month included.
    parents_of_year : dict
        year → {class: parent} of the classes that count.
    guarded : set
        Of the keys of truth.
    """
    found = []
    for year, parents in parents_of_year.items():
        keys = [key for key in truth if key[0] == year]
        at = {key: j for j, key in enumerate(keys)}
        value = np.array([truth[key] for key in keys])
        months = sorted({key[2] for key in keys})
        rows = _equations(frames, year, months, parents, at)
        system = np.zeros((len(rows), len(keys)))
        right = np.zeros(len(rows))
        for i, (row, constant) in enumerate(rows):
            for j, factor in row.items():
                system[i, j] += factor
            right[i] = constant
        off = np.abs(system @ value - right)
        # what is published is true: a wrong equation would make the attack fail for the wrong reason
        assert (off <= 1e-9 * np.maximum(np.abs(system) @ np.abs(value), 1e-12)).all()
        found += _too_close(system * value, keys, [k for k in keys if k in guarded and truth[k] > 0], prior, need)
    return found


def _too_close(system, keys, targets, prior, need):
    """Bounds of relative errors u, system @ u = 0, |u| ≤ prior; months are taken apart where no equation joins them."""
    if not targets:
        return []
    size = np.abs(system).max(axis=1, keepdims=True)
    system = system[size[:, 0] > 0] / size[size[:, 0] > 0]
    # what is known for sure leaves at once; the rest is what the linear programmes are about
    known = np.zeros(len(keys), dtype=bool)
    while True:
        open_ = (np.abs(system[:, ~known]) > 1e-13).sum(axis=1) == 1
        more = (np.abs(system[open_]) > 1e-13).any(axis=0) & ~known
        if not more.any():
            break
        known |= more
    found = [k for k in targets if known[keys.index(k)]]
    free = np.flatnonzero(~known)
    rest = system[:, free]
    rest = rest[(np.abs(rest) > 1e-13).any(axis=1)]
    for key in targets:
        j = keys.index(key)
        if known[j]:
            continue
        aim = (free == j).astype(float)
        for sign in (-1.0, 1.0):
            done = linprog(
                sign * aim, A_eq=rest, b_eq=np.zeros(len(rest)), bounds=[(-prior, prior)] * len(free), method="highs-ds"
            )
            assert done.status == 0, done.message
            if abs(done.x @ aim) < need * (1 - 1e-4):
                found.append(key)
                break
    return found


def _equations(frames, year, months, parents, at):
    """Every linear equation between the values of a weight year that the published tables give."""
    link, inside = months[0], set(months)
    rows = []
    for code, above in parents.items():
        for m in months:
            rows += [(code, above, m)] if above and (year, above, m) in at and (year, code, m) in at else []
    by_sum = collections.defaultdict(list)
    for code, above, m in rows:
        by_sum[(above, m)].append(code)
    result = [
        ({at[(year, above, m)]: 1.0, **{at[(year, c, m)]: -1.0 for c in children}}, 0.0)
        for (above, m), children in by_sum.items()
    ]
    links = frames["links"][frames["links"]["year"] == year]
    weights = links.dropna(subset="price_updated_weight").set_index("class_code")["price_updated_weight"]
    result += [({at[(year, c, link)]: 1.0}, w) for c, w in weights.items() if (year, c, link) in at]
    indices = frames["indices"]
    indices = indices[(indices["component"] == "total") & indices["period"].isin(inside)]
    level = {(r["class_code"], r["period"]): r["index"] for r in indices.to_dict("records") if r["index"] == r["index"]}
    factor = links.dropna(subset="link_factor").set_index("class_code")["link_factor"].to_dict()
    level |= {(code, link): x for code, x in factor.items()}
    codes = sorted({code for code, _ in level})
    for code in codes:
        shown = [m for m in months if (code, m) in level and (year, code, m) in at]
        for a, b in itertools.pairwise(shown):
            ratio = level[(code, b)] / level[(code, a)]
            result.append(({at[(year, code, b)]: 1.0, at[(year, code, a)]: -ratio}, 0.0))
    before = {m: months[i - 1] for i, m in enumerate(months) if i}
    for row in indices.to_dict("records"):
        for column, other in (("mom_pct", before.get(row["period"])), ("yoy_pct", _year_before(row["period"]))):
            pair = (year, row["class_code"], row["period"]), (year, row["class_code"], other)
            if row[column] == row[column] and all(k in at for k in pair):
                result.append(({at[pair[0]]: 1.0, at[pair[1]]: -(1 + row[column] / 100)}, 0.0))
    headline = {m: level[("00", m)] for m in months}
    added = frames["contributions"]
    added = added[(added["component"] == "total") & added["period"].isin(inside)].dropna(subset="points_pp")
    for row in added.drop_duplicates(["period", "class_code", "measure"]).to_dict("records"):
        m, code = row["period"], row["class_code"]
        other = before.get(m) if row["measure"] == "mom" else _year_before(m)
        if (year, code, m) in at and (year, code, other) in at:
            scale = 100.0 * headline[link] / headline[other]
            result.append(({at[(year, code, m)]: scale, at[(year, code, other)]: -scale}, row["points_pp"]))
    return result


def _year_before(month):
    return f"{int(month[:4]) - 1}{month[4:]}"


def attack_logs(frames, guarded):
    """Return the (class, component, month) whose change on the month before follows from levels and rates."""
    found = []
    indices, links = frames["indices"], frames["links"]
    for (code, component), rows in indices.groupby(["class_code", "component"]):
        months = sorted(rows["period"].unique())
        at = {m: j for j, m in enumerate(months)}
        system = []
        for row in rows.to_dict("records"):
            here = np.zeros(len(months))
            here[at[row["period"]]] = 1.0
            if row["index"] == row["index"]:
                system.append(here)
            month_before = months[at[row["period"]] - 1] if at[row["period"]] else None
            for column, other in (("mom_pct", month_before), ("yoy_pct", _year_before(row["period"]))):
                if row[column] == row[column] and other in at:
                    system.append(here - np.eye(len(months))[at[other]])
        if component == "total":
            own = links[(links["class_code"] == code)].dropna(subset="link_factor")
            system += [np.eye(len(months))[at[m]] for m in own["link_period"] if m in at]
        system = np.array(system).reshape(-1, len(months))
        for m in months[1:]:
            if (code, component, m) in guarded:
                aim = np.zeros(len(months))
                aim[at[m]], aim[at[m] - 1] = 1.0, -1.0
                fit = np.linalg.lstsq(system.T, aim, rcond=None)[0] if len(system) else np.zeros(0)
                if np.abs(system.T @ fit - aim).max() < 1e-9:
                    found.append((code, component, m))
    return found


def published(series, protection):
    """The tables of a bundle as published, and those before protection."""
    frames = {
        "indices": series.to_frame(),
        "contributions": series.contributions_frame(),
        "links": series.links_frame(),
        "quality": series.quality_frame(),
        "components": series.components_frame(),
    }
    return {name: protection.apply(name, frame) for name, frame in frames.items()}, frames


def truth_of(series):
    """(year, class, month) → weight × relative, and the parents of each year."""
    truth, parents = {}, {}
    for segment in series.segments:
        tree, year = segment.tree, segment.span.year
        labels = [series.months[t] for t in (segment.span.link, *segment.span.months)]
        worth = np.nan_to_num(segment.weight * segment.relative)
        inside = tree.in_headline
        for row, month in enumerate(labels):
            truth |= {(year, c, month): worth[row, k] for k, c in enumerate(tree.codes) if inside[k]}
        parents[year] = {
            c: tree.codes[tree.parent[k]] if tree.parent[k] >= 0 else "" for k, c in enumerate(tree.codes) if inside[k]
        }
    return truth, parents


def guarded_by(pattern, links):
    """Keys of what must not come out: (year, class, month) of totals and weights; (class, component, month)."""
    rows = pattern[pattern["reason"].isin(PRIMARY)]
    own = set(zip(rows["class_code"], rows["component"], rows["period"], strict=True))
    total = rows[rows["component"] == "total"]
    values = {(int(m[:4]), c, m) for c, m in zip(total["class_code"], total["period"], strict=True)}
    linked = links.drop_duplicates("year").set_index("year")["link_period"].to_dict()
    values |= {(year, c, linked[year]) for year, c, _ in values if year in linked}
    # levels and contributions of a year give its values: with the weight they give the level in the link month
    year_of = {link: year for year, link in linked.items()}
    values |= {(year_of[m], c, m) for c, m in zip(total["class_code"], total["period"], strict=True) if m in year_of}
    return values, own


def random_case(rng, *, leaves=8, parts=2, months=2, firms=7):
    """A random tree of three levels and random sales of a few firms of unequal size: cells, parents."""
    middle = max(2, leaves // 3)
    parents = {"00": ""} | {f"{m + 1:02d}": "00" for m in range(middle)}
    codes = [f"{int(rng.integers(1, middle + 1)):02d}{n + 1:02d}" for n in range(leaves)]
    parents |= {code: code[:2] for code in codes}
    names = ["total"] if parts < 2 else ["metal", "making", "stone"][:parts]
    size = np.exp(rng.normal(3, 1.0, firms))
    rows = []
    ends = [c for c in parents if c and c not in parents.values()]
    for m in range(months):
        for code in ends:
            popular = rng.uniform(0.3, 0.95)
            for f in range(firms):
                if rng.random() < popular:
                    amount = size[f] * np.exp(rng.normal(0, 0.8)) * rng.dirichlet(np.ones(len(names)) * 3)
                    rows += [
                        (f"2025-{m + 1:02d}", code, name, f"E{f}", round(float(a), 2) + 0.01)
                        for name, a in zip(names, amount, strict=True)
                    ]
    columns = ["period", "class_code", "component", "enterprise_id", "turnover"]
    return pd.DataFrame(rows, columns=columns), parents


def attack_points(frames, raw, parents_of_year, guarded):
    """Return the (class, component, month) whose contribution follows from the published ones.

    Parameters
    ----------
    raw : DataFrame
        Contributions before protection: the equations are checked with them.
    """
    found = []
    shown = frames["contributions"]
    shown = shown.assign(points_pp=shown["points_pp"].astype(float), true=raw["points_pp"].to_numpy(dtype=float))
    for (month, measure), rows in shown.groupby(["period", "measure"]):
        parents = parents_of_year[max(y for y in parents_of_year if y <= int(month[:4]))]
        rows = rows.drop_duplicates(["class_code", "component"])
        keys = list(zip(rows["class_code"], rows["component"], strict=True))
        at = {key: j for j, key in enumerate(keys)}
        sums = collections.defaultdict(list)
        for code, component in keys:
            sums[((parents.get(code), component), "class")].append((code, component))
            if component != "total":
                sums[((code, "total"), "part")].append((code, component))
        system = np.zeros((len(sums), len(keys)))
        for i, ((whole, _), parts) in enumerate(sums.items()):
            if whole in at:
                system[i, at[whole]] = 1.0
                system[i, [at[p] for p in parts]] = -1.0
        true, hidden = rows["true"].to_numpy(), rows["points_pp"].isna().to_numpy()
        holds = np.abs(system @ true) < 1e-8
        # sums over classes that came or went within the span do not hold, and tell nobody anything
        assert holds.mean() > 0.9
        _, s, vt = np.linalg.svd(system[holds][:, hidden]) if hidden.any() else (None, np.zeros(0), np.zeros((0, 0)))
        free = vt[int((s > 1e-10).sum()) :]
        fixed = (np.abs(free) < 1e-9).all(axis=0)
        for j, sure in zip(np.flatnonzero(hidden), fixed, strict=True):
            if sure and (*keys[j], month) in guarded and measure == "mom":
                found.append((*keys[j], month))
        open_ = [key for key, h in zip(keys, hidden, strict=True) if not h and (*key, month) in guarded]
        found += [(*key, month) for key in open_]
    return found
