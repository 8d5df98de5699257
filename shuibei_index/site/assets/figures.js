// Figures of the charts: what is shown, rebased or not, and as a file. No drawing and no page here.
"use strict";
window.shuibei = window.shuibei || {};
(function (shuibei) {
  const store = new Map(); // class code → {TOTAL: data, PARTS: data, ADJUSTED: data}
  const waiting = new Map(); // address → promise of its script

  // each data file calls this with its content: a page opened from a disk may load scripts, but not fetch JSON
  shuibei.add = function (data) {
    const parts = store.get(data.class_code) || {};
    parts[data.part] = data;
    store.set(data.class_code, parts);
  };
  shuibei.vintages = new Map();
  shuibei.addVintages = function (data) {
    shuibei.vintages.set(data.class_code, data);
  };

  shuibei.load = function (address) {
    if (!waiting.has(address)) {
      waiting.set(address, new Promise(function (done, failed) {
        const script = document.createElement("script");
        script.src = address;
        script.onload = () => done();
        script.onerror = () => failed(new Error(address));
        document.head.append(script);
      }));
    }
    return waiting.get(address);
  };

  shuibei.part = (component, adjustment) => (adjustment !== "NSA" ? "ADJUSTED" : component === "total" ? "TOTAL" : "PARTS");
  shuibei.has = (code, part) => Boolean(store.get(code) && store.get(code)[part]);

  // one line: what a class publishes for a component and an adjustment; null where it publishes nothing
  shuibei.line = function (code, component, adjustment) {
    const part = (store.get(code) || {})[shuibei.part(component, adjustment)];
    const series = part && part.series.find((s) => s.component === component && s.adjustment === adjustment);
    return series ? { data: part, series } : null;
  };

  // months in which a measure is not published because a level is withheld: the month's, or one it is compared with
  shuibei.withheld = function (line, measure) {
    const conf = new Map(line.data.period.map((p, k) => [p, line.series.obs_conf[k] === "C"]));
    const back = (p, n) => {
      const at = Number(p.slice(0, 4)) * 12 + Number(p.slice(5)) - 1 - n;
      return Math.floor(at / 12) + "-" + String((at % 12) + 1).padStart(2, "0");
    };
    return line.data.period.map(function (p, k) {
      if (line.series[measure][k] !== null) return false;
      if (measure !== "ytd_pct") return Boolean(conf.get(p) || (measure !== "index" && conf.get(back(p, measure === "mom_pct" ? 1 : 12))));
      for (let n = 0; n < Number(p.slice(5)); n++) if (conf.get(back(p, n)) || conf.get(back(p, n + 12))) return true;
      return false;
    });
  };

  // levels with the mean of the base months as 100; null if one of those months is not published
  shuibei.rebase = function (levels, periods, base) {
    if (!base) return levels;
    const at = periods.map((p, k) => (p.startsWith(base) ? k : -1)).filter((k) => k >= 0);
    const whole = at.length === (base.length === 4 ? 12 : 1) && at.every((k) => levels[k] !== null);
    if (!whole) return null;
    const mean = at.reduce((sum, k) => sum + levels[k], 0) / at.length;
    return levels.map((v) => (v === null ? null : (100 * v) / mean));
  };

  // digits as published; toFixed rounds the nearest binary number, which here is the published decimal itself
  shuibei.print = (value, places) => {
    if (value === null || value === undefined) return "";
    const text = value.toFixed(places);
    return /^-0\.?0*$/.test(text) ? text.slice(1) : text;
  };

  // a text that a spreadsheet would take for a formula gets an apostrophe, as in the files of a bundle
  const cell = (text) => {
    const plain = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? "'" + text : String(text);
    return /[",\n\r]/.test(plain) ? '"' + plain.replace(/"/g, '""') + '"' : plain;
  };
  shuibei.csv = (rows) => "\ufeff" + rows.map((row) => row.map(cell).join(",") + "\n").join("");

  shuibei.save = function (name, type, content) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(content instanceof Blob ? content : new Blob([content], { type }));
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };

  shuibei.fill = (text, ...values) => text.replace(/\{(\d)\}/g, (_, k) => values[k]);
})(window.shuibei);
