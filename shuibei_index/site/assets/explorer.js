// The controls around a chart: what is chosen stands in the address, so that a view can be sent to someone.
"use strict";
(function (shuibei) {
  const MOST = 8;
  const PLACES = { index: "index", mom_pct: "rate", yoy_pct: "rate", ytd_pct: "rate" };
  const KEYS = { c: "classes", k: "components", a: "adjustments", m: "measure", b: "base", f: "from", t: "to" };
  const MANY = ["classes", "components", "adjustments"];

  document.querySelectorAll(".explorer").forEach(start);

  function start(root) {
    const setup = JSON.parse(document.getElementById("setup").textContent);
    const words = setup.words;
    const form = root.querySelector("form");
    const box = root.querySelector(".chart");
    const named = new Map(setup.classes.map((c) => [c.code, c]));
    const home = { classes: setup.chosen, components: ["total"], adjustments: ["NSA"], measure: "index", base: "", from: "", to: "" };
    let state = read();
    let shown = null;
    form.querySelectorAll(".controls").forEach((part) => { part.hidden = false; });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", () => { state = { ...state, ...chosen() }; update(); });
    form.querySelectorAll("[data-years]").forEach((button) => button.addEventListener("click", () => {
      const all = setup.periods, years = +button.dataset.years;
      state.from = years ? all[Math.max(0, all.length - 1 - 12 * years)] : "";
      state.to = "";
      update();
    }));
    root.querySelectorAll("[data-save]").forEach((button) => button.addEventListener("click", () => save(button.dataset.save)));
    window.addEventListener("hashchange", () => { if (location.hash !== hash()) { state = read(); update(); } });
    offer();
    let width = 0;
    new ResizeObserver(() => { if (shown && box.clientWidth !== width) paint(); }).observe(box);
    update();

    function offer() {
      const option = (value, text) => new Option(text === undefined ? value : text, value);
      const all = setup.periods, last = all.length - 1;
      const years = [...new Set(all.map((p) => p.slice(0, 4)))].filter((y) => all.filter((p) => p.startsWith(y)).length === 12);
      form.elements.base.append(...years.map((y) => option(y, shuibei.fill(words.base_year, y))), ...all.map((m) => option(m, shuibei.fill(words.base_month, m))));
      form.elements.from.append(option("", all[0]), ...all.slice(1).map((m) => option(m)));
      form.elements.to.append(option("", all[last]), ...all.slice(0, last).reverse().map((m) => option(m)));
    }
    function read() {
      const told = new URLSearchParams(location.hash.slice(1));
      const found = { ...home };
      for (const [key, name] of Object.entries(KEYS)) {
        if (!told.has(key)) continue;
        found[name] = MANY.includes(name) ? told.get(key).split(",").filter(Boolean) : told.get(key);
      }
      found.classes = found.classes.filter((code) => named.has(code));
      if (!found.classes.length) found.classes = home.classes;
      if (!(found.measure in PLACES)) found.measure = "index";
      return found;
    }
    function hash() {
      const told = Object.entries(KEYS).filter(([, name]) => String(state[name]) !== String(home[name]));
      return told.length ? "#" + told.map(([key, name]) => key + "=" + encodeURIComponent(state[name])).join("&") : "";
    }
    function chosen() {
      const data = new FormData(form);
      const found = { measure: data.get("measure"), base: data.get("base"), from: data.get("from"), to: data.get("to") };
      for (const name of MANY) {
        const inputs = form.querySelectorAll(`input[name="${name}"]`);
        if (inputs.length) found[name] = data.getAll(name);
      }
      return found;
    }
    function tell() {
      for (const name of MANY) form.querySelectorAll(`input[name="${name}"]`).forEach((i) => { i.checked = state[name].includes(i.value); });
      for (const name of ["measure", "base", "from", "to"]) form.elements[name].value = state[name];
      form.elements.base.disabled = state.measure !== "index";
    }
    async function update() {
      tell();
      const address = location.pathname + location.search + hash();
      try { history.replaceState(null, "", address); } catch (error) { location.replace(hash() || "#"); }
      document.querySelectorAll("a[data-keep]").forEach((a) => { a.hash = hash(); });
      const parts = new Set(state.components.flatMap((c) => state.adjustments.map((a) => shuibei.part(c, a))));
      const files = state.classes.flatMap((code) => {
        const slug = named.get(code).slug;
        const ending = { TOTAL: "", PARTS: ".parts", ADJUSTED: ".adjusted" };
        const wanted = [...parts].filter((part) => !shuibei.has(code, part));
        return wanted.map((part) => `${setup.root}data/series/${slug}${ending[part]}.js`);
      });
      await Promise.all(files.map(shuibei.load));
      paint();
    }
    function collect() {
      const lines = [];
      for (const code of state.classes) for (const component of state.components) for (const adjustment of state.adjustments) {
        const found = shuibei.line(code, component, adjustment);
        if (found) lines.push({ code, component, adjustment, ...found });
      }
      return lines;
    }
    function paint() {
      width = box.clientWidth;
      const all = collect();
      const [from, to] = [state.from || setup.periods[0], state.to || setup.periods[setup.periods.length - 1]];
      const periods = setup.periods.filter((p) => p >= from && p <= to);
      const places = setup.decimals[PLACES[state.measure]];
      const rebased = state.measure === "index" ? state.base : "";
      const lines = all.slice(0, MOST).map((line, k) => {
        const own = new Map(line.data.period.map((p, i) => [p, i]));
        const values = shuibei.rebase(line.series[state.measure], line.data.period, rebased);
        const withheld = shuibei.withheld(line, state.measure);
        const at = (list, p, none) => (list && own.has(p) ? list[own.get(p)] : none);
        return { ...line, name: title(line, all), colour: `var(--s${k})`,
          values: periods.map((p) => at(values, p, null)),
          status: periods.map((p) => at(line.series.obs_status, p, "M")),
          conf: periods.map((p) => at(line.series.obs_conf, p, "F")),
          withheld: periods.map((p) => at(withheld, p, false)) };
      });
      const there = lines.filter((line) => line.values.some((v) => v !== null));
      shown = { lines, periods, places, rebased };
      notes(all.length > MOST, there.length === 0, rebased, lines.some((l) => l.withheld.includes(true)));
      legend(lines, periods.length - 1);
      table(lines);
      if (!there.length || periods.length < 2) { box.replaceChildren(); return; }
      shown.svg = shuibei.draw(box, lines, periods, {
        label: heading() + ": " + shuibei.fill(words.chart_with, there.length, periods[0], periods[periods.length - 1]),
        zero: state.measure !== "index",
        reference: state.measure === "index" ? 100 : 0,
        onread: (k, spoken) => legend(lines, k, spoken),
        onzoom: (a, b) => { state.from = a === null ? "" : periods[a]; state.to = b === null ? "" : periods[b]; update(); },
      });
    }
    function title(line, all) {
      const parts = [];
      if (new Set(all.map((l) => l.code)).size > 1 || !setup.fixed) parts.push(named.get(line.code).name);
      if (new Set(all.map((l) => l.component)).size > 1 || line.component !== "total" || !parts.length) parts.push(setup.components[line.component]);
      if (new Set(all.map((l) => l.adjustment)).size > 1 || line.adjustment !== "NSA") parts.push(words[line.adjustment + "_short"]);
      return parts.join(" · ");
    }
    function base() {
      if (!shown.rebased) return setup.base_words;
      return shuibei.fill(shown.rebased.length === 4 ? words.base_year : words.base_month, shown.rebased);
    }
    function heading() {
      const what = words[{ index: "index_col", mom_pct: "mom_col", yoy_pct: "yoy_col", ytd_pct: "ytd_col" }[state.measure]];
      return state.measure === "index" ? `${what}, ${base()}`.replace(", ", setup.lang === "zh" ? "，" : ", ") : what;
    }
    const text = (value, withheld) => (withheld ? words.confidential : value === null ? words.none : shuibei.print(value, shown.places));
    function legend(lines, k, spoken) {
      const items = lines.map((line) => {
        const item = document.createElement("li");
        const key = document.createElement("i");
        key.className = "key " + line.adjustment;
        key.style.setProperty("--key", line.colour);
        const value = document.createElement("b");
        value.textContent = text(line.values[k], line.withheld[k]);
        item.append(key, line.name + " ", value);
        return item;
      });
      root.querySelector(".legend").replaceChildren(...items);
      root.querySelector(".month").textContent = shown.periods[k] || "";
      root.querySelector(".heading").textContent = heading();
      if (spoken) root.querySelector(".spoken").textContent = shown.periods[k] + ": " + lines.map((l) => l.name + " " + text(l.values[k], l.withheld[k])).join("; ");
    }
    function notes(many, nothing, rebased, withheld) {
      const told = [many && words.too_many, nothing && words.nothing, rebased && words.rebased_note, withheld && setup.confidential_note];
      root.querySelector(".chart-notes").textContent = told.filter(Boolean).join(" ");
    }
    function table(lines) {
      const place = root.querySelector(".chart-table");
      const make = (name, content, scope) => {
        const made = document.createElement(name);
        made.textContent = content;
        if (scope) made.scope = scope;
        return made;
      };
      const head = document.createElement("tr");
      head.append(make("th", words.month, "col"), ...lines.map((l) => make("th", l.name, "col")));
      const rows = shown.periods.map((p, k) => {
        const row = document.createElement("tr");
        row.append(make("th", p, "row"), ...lines.map((l) => make("td", text(l.values[k], l.withheld[k]))));
        return row;
      }).reverse();
      const whole = document.createElement("table");
      whole.append(make("caption", heading()), document.createElement("thead"), document.createElement("tbody"));
      whole.tHead.append(head);
      whole.tBodies[0].append(...rows);
      place.replaceChildren(whole);
    }
    function save(kind) {
      if (!shown) return;
      const name = ["index", setup.release, state.classes.join("-"), state.measure].join("_");
      if (kind === "csv") {
        const head = ["period", "class_code", "name", "component", "adjustment", "measure", "base_period", "value", "obs_status", "obs_conf", "release"];
        const rows = shown.lines.flatMap((l) => shown.periods.map((p, k) => [p, l.code, named.get(l.code).name, l.component, l.adjustment,
          state.measure, state.measure === "index" ? shown.rebased || setup.base_period : "", shuibei.print(l.values[k], shown.places), l.status[k], l.conf[k], setup.release]));
        shuibei.save(name + ".csv", "text/csv;charset=utf-8", shuibei.csv([head, ...rows]));
      } else if (shown.svg) {
        const markup = shuibei.picture(shown.svg, heading(), shown.lines, `${setup.site} · ${setup.release}`);
        if (kind === "svg") shuibei.save(name + ".svg", "image/svg+xml", markup);
        else shuibei.png(markup, (blob) => shuibei.save(name + ".png", "image/png", blob));
      }
    }
  }
})(window.shuibei);
