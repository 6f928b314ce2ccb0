/* Copyright: (c) 2026, msp.entra contributors
   GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
   SPDX-License-Identifier: GPL-3.0-or-later

   Links of crosses, filter, sort and the chart. All there is to read is on the page without this; text is only ever set as text. */
(function () {
  "use strict";

  const data = JSON.parse(document.getElementById("data").textContent);
  const body = document.querySelector("#tenants tbody");
  const rows = Array.from(body.rows);
  // Without accents, which not every keyboard has.
  const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  // The columns of a row that are no checks.
  const OTHER_COLUMNS = 5;
  const tenants = rows.map((row, number) => {
    const name = row.cells[0].textContent.trim();
    const findings = new Set();
    for (const cell of row.querySelectorAll("td.f, td.r")) findings.add(cell.cellIndex - OTHER_COLUMNS);
    return { ...data.rows[number], number, row, name, findings, searched: folded(name) };
  });

  /* A cross, or the sign of what may not be read, leads to why. */
  for (const one of tenants) {
    for (const column of one.findings) {
      const cell = one.row.cells[OTHER_COLUMNS + column];
      const link = document.createElement("a");
      link.href = "#c" + column + "-" + one.number;
      link.append(...cell.childNodes);
      cell.append(link);
    }
  }

  /* Filter: a tenant that is not wanted is hidden wherever on the page it is told of. */
  const form = document.getElementById("filter");
  const field = (name) => document.getElementById("filter-" + name);
  const shown = document.getElementById("shown");
  const TOLD = ":is([data-t], bdi[id])";
  const tenantOf = (one) => Number(one.dataset.t || one.id.split("-").pop());
  const told = Array.from(document.querySelectorAll(TOLD), (one) => ({ one, number: tenantOf(one) }));
  // The innermost first, so that a group of groups finds them as they are to be.
  const groups = Array.from(document.querySelectorAll("[data-group], .said li, #drifted li > div")).reverse();
  const sections = Array.from(document.querySelectorAll("section")).filter((one) => one.querySelector(".nobody"));
  const anyShown = (where) => Boolean(where.querySelector(TOLD + ":not([hidden])"));

  /* Numbers that follow the filter: tenants by their names, each once, and else whatever is counted. */
  const numbers = Array.from(document.querySelectorAll("[data-count]"), (one) => {
    const scope = one.closest("[data-group], section");
    const counted = Array.from(scope.querySelectorAll(one.dataset.count)).filter((item) => item.localName !== "bdi" || item.matches(TOLD));
    return { one, counted, words: one.textContent };
  });

  function count(items) {
    const distinct = new Set(items.map((item) => (item.localName === "bdi" ? tenantOf(item) : item)));
    return Array.from(distinct).reduce((sum, item) => sum + Number((item.dataset && item.dataset.many) || 1), 0);
  }

  function wanted() {
    const words = folded(field("text").value).split(/\s+/).filter(Boolean);
    const status = field("status").value;
    const restriction = field("restriction").value;
    const check = field("check").value;
    return (one) =>
      words.every((word) => one.searched.includes(word)) &&
      (!status || one.s === status || (one.b || []).includes(status) || "kind:" + one.k === status) &&
      (!restriction || one.r === restriction) &&
      (!check || one.findings.has(Number(check)));
  }

  function filter() {
    const visible = tenants.map(wanted());
    for (const { one, number } of told) one.hidden = !visible[number];
    for (const group of groups) group.hidden = !anyShown(group);
    for (const section of sections) section.querySelector(".nobody").hidden = anyShown(section);
    for (const { one, counted, words } of numbers) {
      const left = counted.filter((item) => !item.hidden);
      one.textContent = left.length < counted.length ? count(left) + " of " + words : words;
    }
    shown.textContent = visible.filter(Boolean).length + " of " + tenants.length + (tenants.length === 1 ? " tenant" : " tenants") + " shown";
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
    findings: (a, b) => b.findings.size - a.findings.size,
  };
  // Of these the first order is from many to few.
  const fromMany = new Set(["drift", "findings"]);
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
  // From its table, the oldest first, but those that covered something else.
  const points = Array.from(document.querySelectorAll("#trend tbody tr:not(.apart)"), (row) =>
    Array.from(row.cells, (cell) => cell.textContent.trim())
  )
    .filter(([at]) => /^\d{4}-\d\d-\d\dT/.test(at) && !Number.isNaN(Date.parse(at)))
    .reverse();
  if (!figure || points.length < 2) return;

  // In the order of the table's columns. Lines are told apart by their dashes too.
  const lines = [
    { id: "failed", label: "not audited", dash: [], on: true },
    { id: "drift", label: "drifted", dash: [8, 3], on: true },
    { id: "findings", label: "findings", dash: [2, 3], on: true },
    { id: "clean", label: "clean", dash: [10, 3, 2, 3], on: false },
    { id: "on", label: "restriction on", dash: [4, 4], on: false },
    { id: "unlisted", label: "unlisted addresses", dash: [1, 4], on: false },
  ];
  const plot = figure.querySelector(".plot");
  const value = (text) => (text ? Number(text) : null);
  const values = [points.map(([at]) => Date.parse(at) / 1000)].concat(
    lines.map((line, number) => points.map((cells) => value(cells[number + 2])))
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
