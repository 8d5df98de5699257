// One drawing: lines over months with a cursor that mouse, finger and keyboard move, and a span to zoom in to.
"use strict";
(function (shuibei) {
  const SVG = "http://www.w3.org/2000/svg";
  const DASH = { NSA: null, SA: "6 3", TREND: "1.5 3" };
  const date = (period) => new Date(Date.UTC(+period.slice(0, 4), +period.slice(5) - 1, 1));

  // lines: [{name, colour, adjustment, values}], all on the same periods
  shuibei.draw = function (box, lines, periods, options) {
    const width = Math.max(280, Math.floor(box.clientWidth));
    const height = Math.round(Math.min(420, Math.max(240, width * 0.5)));
    const dates = periods.map(date);
    const years = periods.length / 12;
    const yearly = years > 3;
    const step = Math.ceil(years / Math.max(2, width / 70));
    const months = Math.ceil(periods.length / Math.max(2, width / 80));
    const marked = (p, k) => (yearly ? p.endsWith("-01") && +p.slice(0, 4) % step === 0 : k % months === 0);
    const ticks = dates.filter((_, k) => marked(periods[k], k));
    const label = (d) => d.toISOString().slice(0, yearly ? 4 : 7);
    const values = lines.flatMap((line) => line.values).filter((v) => v !== null);
    let [low, high] = [Math.min(...values), Math.max(...values)];
    if (options.zero) [low, high] = [Math.min(low, 0), Math.max(high, 0)];
    const room = (high - low || 1) * 0.06;
    const points = lines.map((line) => line.values.map((v, k) => ({ x: dates[k], y: v === null ? NaN : v })));
    const svg = Plot.plot({
      className: "plot",
      width,
      height,
      marginLeft: 46,
      marginRight: 14,
      marginTop: 10,
      marginBottom: 28,
      ariaLabel: options.label,
      x: { type: "utc", domain: [dates[0], dates[dates.length - 1]] },
      y: { domain: [low - room, high + room] },
      marks: [
        Plot.gridY({ stroke: "var(--grid)", strokeOpacity: 1, ticks: 6 }),
        ...(options.reference === null ? [] : [Plot.ruleY([options.reference].filter((r) => r > low - room && r < high + room), { stroke: "var(--muted)", strokeDasharray: "2 2" })]),
        Plot.axisX(ticks, { label: null, tickFormat: label, fill: "var(--muted)", stroke: "var(--muted)", fontSize: 12, tickSize: 4 }),
        Plot.axisY({ fill: "var(--muted)", stroke: "none", fontSize: 12, ticks: 6, label: null, tickSize: 0 }),
        ...points.map((data, k) => Plot.lineY(data, { x: "x", y: "y", stroke: lines[k].colour, strokeWidth: 2, strokeDasharray: DASH[lines[k].adjustment], strokeLinejoin: "round" })),
        // a value between two gaps is no line: it is a dot
        ...points.map((data, k) => Plot.dot(alone(data), { x: "x", y: "y", fill: lines[k].colour, r: 2.5 })),
      ],
    });
    svg.setAttribute("role", "img");
    // the drawing has one name; names of its parts would be read out, or are not allowed there
    svg.querySelectorAll("g[aria-label]").forEach((g) => g.removeAttribute("aria-label"));
    box.replaceChildren(svg);
    follow(box, svg, { lines, dates, x: svg.scale("x"), y: svg.scale("y"), height, options });
    return svg;
  };

  const alone = (data) => data.filter((d, k) => !isNaN(d.y) && !(k && !isNaN(data[k - 1].y)) && !(k + 1 < data.length && !isNaN(data[k + 1].y)));

  const node = (name, attributes) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };

  function follow(box, svg, at) {
    const { lines, dates, x, y, height, options } = at;
    const cursor = node("g", { class: "cursor", visibility: "hidden" });
    const rule = node("line", { y1: 10, y2: height - 28, stroke: "var(--muted)" });
    const span = node("rect", { y: 10, height: height - 38, fill: "var(--main)", "fill-opacity": 0.15, visibility: "hidden" });
    const dots = lines.map((line) => node("circle", { r: 4, fill: line.colour, stroke: "var(--card)" }));
    cursor.append(rule, ...dots);
    svg.append(span, cursor);
    let now = dates.length - 1, start = null;
    const place = (k) => x.apply(dates[k]);
    const nearest = (event) => {
      const frame = svg.getBoundingClientRect();
      const px = ((event.clientX - frame.left) / frame.width) * svg.viewBox.baseVal.width;
      let best = 0;
      for (let k = 1; k < dates.length; k++) if (Math.abs(place(k) - px) < Math.abs(place(best) - px)) best = k;
      return best;
    };
    const show = (k, spoken) => {
      now = k;
      cursor.setAttribute("visibility", "visible");
      rule.setAttribute("x1", place(k));
      rule.setAttribute("x2", place(k));
      lines.forEach((line, i) => {
        const value = line.values[k];
        dots[i].setAttribute("visibility", value === null ? "hidden" : "inherit");
        if (value !== null) {
          dots[i].setAttribute("cx", place(k));
          dots[i].setAttribute("cy", y.apply(value));
        }
      });
      options.onread(k, spoken);
    };
    const mark = (k) => {
      const [a, b] = [Math.min(start, k), Math.max(start, k)];
      span.setAttribute("visibility", "visible");
      span.setAttribute("x", place(a));
      span.setAttribute("width", Math.max(1, place(b) - place(a)));
    };
    svg.addEventListener("pointermove", (event) => {
      const k = nearest(event);
      show(k, false);
      if (start !== null) mark(k);
    });
    svg.addEventListener("pointerdown", (event) => {
      if (event.pointerType !== "mouse") return show(nearest(event), false);
      start = nearest(event);
      svg.setPointerCapture(event.pointerId);
      event.preventDefault();
      box.focus({ preventScroll: true });
    });
    svg.addEventListener("pointerup", (event) => {
      const [from, to] = [start, nearest(event)];
      start = null;
      span.setAttribute("visibility", "hidden");
      if (from !== null && Math.abs(to - from) > 1) options.onzoom(Math.min(from, to), Math.max(from, to));
    });
    svg.addEventListener("pointerleave", () => {
      if (start === null) {
        cursor.setAttribute("visibility", "hidden");
        options.onread(dates.length - 1, false);
      }
    });
    svg.addEventListener("dblclick", () => options.onzoom(null, null));
    const last = dates.length - 1;
    const keys = {
      ArrowLeft: () => show(Math.max(0, now - 1), true),
      ArrowRight: () => show(Math.min(last, now + 1), true),
      Home: () => show(0, true),
      End: () => show(last, true),
      "+": () => options.onzoom(Math.floor(last / 4), last),
      "-": () => options.onzoom(null, null),
    };
    keys["="] = keys["+"];
    box.onkeydown = (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    };
  }

  // the drawing as a file of its own: colours instead of variables, heading, legend and source with it
  shuibei.picture = function (svg, title, legend, source) {
    const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
    const copy = svg.cloneNode(true);
    copy.querySelectorAll(".cursor").forEach((g) => g.remove());
    const drawn = [...svg.querySelectorAll("*")].filter((e) => !e.closest(".cursor"));
    copy.querySelectorAll("*").forEach((element, k) => {
      for (const name of ["stroke", "fill"]) {
        if ((element.getAttribute(name) || "").startsWith("var(")) element.setAttribute(name, getComputedStyle(drawn[k])[name]);
      }
    });
    const style = getComputedStyle(document.body);
    const colour = (name) => style.getPropertyValue(name).trim();
    const top = 40 + 20 * legend.length;
    const whole = node("svg", { xmlns: SVG, width, height: height + top + 26, viewBox: `0 0 ${width} ${height + top + 26}`, "font-family": "PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif" });
    const text = (content, px, py, size, fill) => {
      const made = node("text", { x: px, y: py, "font-size": size, fill });
      made.textContent = content;
      return made;
    };
    whole.append(node("rect", { width: "100%", height: "100%", fill: colour("--card") }), text(title, 12, 26, 16, colour("--ink")));
    legend.forEach((line, k) => {
      const fill = colour(line.colour.slice(4, -1));
      const py = 48 + 20 * k;
      whole.append(node("line", { x1: 12, x2: 34, y1: py - 4, y2: py - 4, stroke: fill, "stroke-width": 2, "stroke-dasharray": DASH[line.adjustment] || "none" }), text(line.name, 42, py, 12, colour("--ink")));
    });
    copy.setAttribute("y", top);
    copy.setAttribute("width", width);
    copy.setAttribute("height", height);
    copy.setAttribute("font-size", 10);
    whole.append(copy, text(source, 12, height + top + 14, 11, colour("--muted")));
    return new XMLSerializer().serializeToString(whole);
  };

  shuibei.png = function (markup, done) {
    const image = new Image();
    image.onload = () => {
      const canvas = document.createElement("canvas");
      canvas.width = 2 * image.width;
      canvas.height = 2 * image.height;
      const brush = canvas.getContext("2d");
      brush.scale(2, 2);
      brush.drawImage(image, 0, 0);
      canvas.toBlob(done, "image/png");
    };
    image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(markup);
  };
})(window.shuibei);
