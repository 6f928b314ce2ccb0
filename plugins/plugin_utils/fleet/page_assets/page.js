/* Copyright: (c) 2026, msp.entra contributors
   GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
   SPDX-License-Identifier: GPL-3.0-or-later

   Filter, sort and the chart. All there is to read is on the page without this; text is only ever set as text. */
(function () {
  "use strict";

  const data = JSON.parse(document.getElementById("data").textContent);
  const body = document.querySelector("#tenants tbody");
  const rows = Array.from(body.rows);
  const tenants = rows.map((row, number) => {
    const name = row.cells[0].textContent.trim();
    return { ...data.rows[number], number, row, name, searched: name.toLowerCase() };
  });

  /* Filter: a tenant that is not wanted is hidden wherever on the page it is told of. */
  const form = document.getElementById("filter");
  const field = (name) => document.getElementById("filter-" + name);
  const shown = document.getElementById("shown");
  const told = Array.from(document.querySelectorAll("[data-t]"));
  // The innermost first, so that a group of groups finds them as they are to be.
  const groups = Array.from(document.querySelectorAll("[data-group]")).reverse();
  const sections = Array.from(document.querySelectorAll("section")).filter((one) => one.querySelector(".nobody"));

  function wanted() {
    const words = field("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const status = field("status").value;
    const restriction = field("restriction").value;
    const check = field("check").value;
    return (one) =>
      words.every((word) => one.searched.includes(word)) &&
      (!status || one.s === status || "kind:" + one.k === status) &&
      (!restriction || one.r === restriction) &&
      (!check || one.f.includes(Number(check)));
  }

  function filter() {
    const visible = tenants.map(wanted());
    for (const one of told) one.hidden = !visible[one.dataset.t];
    for (const group of groups) group.hidden = !group.querySelector("[data-t]:not([hidden])");
    for (const section of sections) {
      section.querySelector(".nobody").hidden = Boolean(section.querySelector("[data-t]:not([hidden])"));
    }
    const count = visible.filter(Boolean).length;
    shown.textContent = count + " of " + tenants.length + (tenants.length === 1 ? " tenant" : " tenants") + " shown";
  }

  // A screen reader is told when somebody has stopped writing, not at each letter.
  let waiting;
  form.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, event.target.type === "search" ? 150 : 0);
  });
  form.addEventListener("reset", () => setTimeout(filter, 0));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    filter();
  });
  form.hidden = false;
  filter();

  /* Sort: the header of a column is a button; pressed again it turns the order round. */
  const compareNames = new Intl.Collator("en", { numeric: true }).compare;
  // A name that is not known comes last.
  const place = (list, name) => (list.includes(name) ? list.indexOf(name) : list.length);
  // What needs somebody comes first at the first press.
  const orders = {
    name: (a, b) => compareNames(a.name, b.name),
    status: (a, b) => place(data.statuses, a.s) - place(data.statuses, b.s),
    restriction: (a, b) => place(data.restrictions, a.r) - place(data.restrictions, b.r),
    drift: (a, b) => b.d - a.d,
    failing: (a, b) => b.f.length - a.f.length,
  };
  // Of these the first order is from many to few.
  const fromMany = new Set(["drift", "failing"]);
  const headers = Array.from(document.querySelectorAll("th[data-sort]"));

  function sort(header, reversed) {
    const column = header.dataset.sort;
    const order = orders[column];
    const sorted = [...tenants].sort((a, b) => (reversed ? order(b, a) : order(a, b)) || a.number - b.number);
    body.append(...sorted.map((one) => one.row));
    for (const other of headers) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", reversed !== fromMany.has(column) ? "descending" : "ascending");
    header.dataset.reversed = reversed ? "yes" : "";
  }

  for (const header of headers) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    button.addEventListener("click", () => sort(header, header.hasAttribute("aria-sort") && !header.dataset.reversed));
    header.replaceChildren(button);
  }
  headers.find((header) => header.dataset.sort === "status").setAttribute("aria-sort", "ascending");

  /* What is folded is printed all the same. */
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    for (const one of opened) one.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const one of opened) one.open = false;
  });

  /* Chart */
  const figure = document.getElementById("chart");
  const points = data.trend.filter((point) => /^\d{4}-\d\d-\d\dT/.test(point.at) && !Number.isNaN(Date.parse(point.at)));
  if (!figure || points.length < 2) return;

  // Lines are told apart by their dashes too.
  const lines = [
    { id: "failed", label: "not audited", dash: [], on: true },
    { id: "drift", label: "drifted", dash: [8, 3], on: true },
    { id: "findings", label: "findings", dash: [2, 3], on: true },
    { id: "clean", label: "clean", dash: [10, 3, 2, 3], on: false },
    { id: "on", label: "restriction on", dash: [4, 4], on: false },
    { id: "unlisted", label: "unlisted addresses", dash: [1, 4], on: false },
  ];
  const plot = figure.querySelector(".plot");
  const values = [points.map((point) => Date.parse(point.at) / 1000)].concat(
    lines.map((line) => points.map((point) => point[line.id]))
  );
  const colour = (name) => getComputedStyle(figure).getPropertyValue("--" + name).trim();
  let chart;

  function draw() {
    const axis = { stroke: colour("dim"), grid: { stroke: colour("line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
    if (chart) chart.destroy();
    chart = new uPlot(
      {
        width: plot.clientWidth,
        height: 150,
        legend: { show: false },
        cursor: { show: false },
        padding: [8, 12, 0, 0],
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        scales: { y: { range: (self, low, high) => [0, Math.max(4, Math.ceil(high * 1.1))] } },
        axes: [
          { ...axis, values: (self, ticks) => ticks.map((tick) => new Date(tick * 1000).toISOString().slice(5, 10)), size: 26, space: 56, incrs: [1, 2, 7, 14, 28, 91, 182, 364].map((days) => days * 86400) },
          { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000] },
        ],
        series: [{}].concat(
          lines.map((line) => ({ label: line.label, show: line.on, stroke: colour(line.id), width: 2, dash: line.dash, points: { show: points.length < 4 } }))
        ),
      },
      values,
      plot
    );
  }

  const choice = figure.querySelector("fieldset");
  lines.forEach((line, number) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    const sample = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const stroke = document.createElementNS("http://www.w3.org/2000/svg", "line");
    box.type = "checkbox";
    box.checked = line.on;
    box.addEventListener("change", () => {
      line.on = box.checked;
      chart.setSeries(number + 1, { show: line.on });
    });
    sample.setAttribute("class", line.id);
    sample.setAttribute("viewBox", "0 0 24 4");
    sample.setAttribute("aria-hidden", "true");
    for (const [name, value] of [["x1", 0], ["x2", 24], ["y1", 2], ["y2", 2], ["stroke-dasharray", line.dash.join(" ")]]) {
      stroke.setAttribute(name, value);
    }
    sample.append(stroke);
    label.append(box, sample, line.label);
    choice.append(label);
  });
  figure.hidden = false;
  draw();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new ResizeObserver(() => {
    if (chart.width !== plot.clientWidth && plot.clientWidth) chart.setSize({ width: plot.clientWidth, height: 150 });
  }).observe(plot);
})();
