// The revision triangle of any class: published values of a month by the vintage that showed them.
"use strict";
(function (shuibei) {
  const root = document.querySelector(".triangle");
  if (!root) return;
  const setup = JSON.parse(document.getElementById("setup").textContent);
  const form = root.querySelector("form");
  const slugs = new Map(setup.classes.map((c) => [c.code, c.slug]));
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("change", show);

  async function show() {
    const [code, component, measure] = ["class", "component", "measure"].map((name) => form.elements[name].value);
    const [months, columns] = [+form.elements.months.value, +form.elements.columns.value];
    if (!shuibei.vintages.has(code)) await shuibei.load(`${setup.root}data/vintages/${slugs.get(code)}.js`);
    const data = shuibei.vintages.get(code);
    const series = data.series.find((s) => s.component === component);
    const names = data.vintages;
    const first = Math.max(0, names.length - columns);
    const rows = new Map();
    (series ? series.period : []).forEach((period, k) => {
      if (!rows.has(period)) rows.set(period, []);
      const conf = series.obs_conf[k], value = series[measure][k];
      rows.get(period).push([series.vintage[k], conf === "C" ? setup.words.confidential : shuibei.print(value, setup.decimals[measure === "index" ? "index" : "rate"])]);
    });
    const cell = (name, text, scope) => {
      const made = document.createElement(name);
      made.textContent = text;
      if (scope) made.scope = scope;
      return made;
    };
    const table = root.querySelector("table");
    const head = document.createElement("tr");
    head.append(cell("th", setup.words.month, "col"), ...names.slice(first).reverse().map((n) => cell("th", n, "col")));
    const body = [...rows.keys()].sort().reverse().slice(0, months).map((period) => {
      const row = document.createElement("tr");
      const changes = rows.get(period);
      const at = (v) => changes.filter(([from]) => from <= v).map(([, text]) => text).pop();
      row.append(cell("th", period, "row"));
      for (let v = names.length - 1; v >= first; v--) {
        const text = at(v), before = v ? at(v - 1) : undefined;
        const made = cell("td", text === undefined ? "" : text || setup.words.none);
        if (before !== undefined && text !== before) {
          made.className = "changed";
          made.title = setup.words.changed_mark;
        }
        row.append(made);
      }
      return row;
    });
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...body);
    table.caption.textContent = `${form.elements.class.selectedOptions[0].textContent.trim()} · ${form.elements.component.selectedOptions[0].textContent} · ${form.elements.measure.selectedOptions[0].textContent}`;
  }
})(window.shuibei);
