// The turns, newest last; each has a button that looks into it.
function timeline(words, choose, whole) {
  const body = element("tbody", "");
  const heads = [words.turn_column, words.what_column, words.cost_column];
  const head = element("tr", "", {}, ...heads.map((name) => element("th", "", { scope: "col" }, name)));
  const table = element("table", "wb-timeline", { "aria-label": words.turns }, element("thead", "", {}, head), body);
  const empty = element("p", "wb-empty", {}, words.nothing_yet);
  const pane = element("div", "wb-pane", { role: "group", tabindex: "0", "aria-label": words.turns }, table, empty);
  const fill = (row, { html, number, cut }) => {
    row.node.replaceChildren(...parsed(html).firstElementChild.children);
    row.pick = null;
    if (number === null) return;
    const box = row.node.querySelector("th").firstElementChild;
    row.pick = element("button", "wb-turn", { type: "button", "data-turn": number }, ...box.childNodes);
    row.pick.addEventListener("click", () => choose(number));
    box.append(row.pick);
    if (cut) row.node.children[1].append(button(words.whole, () => whole(number, row.key)));
  };
  const rows = new Map();
  const update = keyed(body, ({ key }) => {
    const row = { key, node: element("tr", ""), html: null, pick: null };
    rows.set(key, row);
    return row;
  });
  const picks = () => [...body.querySelectorAll(".wb-turn")];
  const mark = (chosen) => {
    const all = picks();
    const stop = all.find((one) => Number(one.dataset.turn) === chosen) ?? all.at(-1);
    for (const one of all) {
      const isChosen = Number(one.dataset.turn) === chosen;
      one.tabIndex = one === stop ? 0 : -1;
      one.setAttribute("aria-pressed", String(isChosen));
      one.closest("tr").classList.toggle("wb-chosen", isChosen);
    }
  };
  body.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const all = picks();
    const next = event.target.classList.contains("wb-turn") && step ? all[all.indexOf(event.target) + step] : null;
    if (!next) return;
    event.preventDefault();
    all.forEach((one) => { one.tabIndex = one === next ? 0 : -1; });
    next.focus();
  });
  return {
    pane,
    mark,
    focus: () => (picks().find((one) => one.tabIndex === 0) ?? pane).focus(),
    show(items) {
      const follows = pane.scrollTop + pane.clientHeight > pane.scrollHeight - 12;
      const count = body.children.length;
      empty.hidden = items.length > 0;
      table.hidden = items.length === 0;
      update(items, ({ key }) => key, (row, item) => {
        if (row.html === item.html) return;
        row.html = item.html;
        fill(row, item);
      });
      if (follows && body.children.length > count) pane.scrollTop = pane.scrollHeight;
    },
    whole(key, html) {
      const row = rows.get(key);
      if (row) fill(row, { html, number: Number(row.pick.dataset.turn), cut: false });
    },
  };
}
