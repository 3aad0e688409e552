// The columns of a comparison: their order, which are seen, how wide they are, and the menu of each.

const WIDTHS = [0.6, 1, 1.6, 2.5, 4]; // times the usual width
const USUAL = 1;
const COLUMN_EM = 15;
const PROMPTS_EM = 14;

function menuIcon() {
  const dots = [3.5, 8, 12.5].map((y) => drawn("circle", { cx: 8, cy: y, r: 1.3 }));
  return drawn("svg", { viewBox: "0 0 16 16", "aria-hidden": "true", class: "wb-icon wb-dots" }, ...dots);
}

// A menu below a button, drawn above everything else, so that no pane cuts it. `items()` are pairs of words and deeds.
function menuButton(label, items) {
  const menu = element("div", "wb-menu", { role: "menu", popover: "auto", "aria-label": label });
  const node = element("button", "wb-more", { type: "button", "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": label, title: label }, menuIcon());
  const step = (by) => {
    const all = [...menu.children];
    all[(all.indexOf(document.activeElement) + by + all.length) % all.length].focus();
  };
  node.addEventListener("click", () => {
    menu.replaceChildren(...items().map(([words, act]) => {
      const item = element("button", "wb-item", { type: "button", role: "menuitem", tabindex: "-1", "data-lm-suppress-shortcuts": "true" }, words);
      item.addEventListener("click", () => {
        menu.hidePopover();
        act();
        if (document.activeElement === document.body) node.focus();
      });
      return item;
    }));
    menu.showPopover();
    const { left, bottom } = node.getBoundingClientRect();
    menu.style.left = `${Math.max(4, Math.min(left, innerWidth - menu.offsetWidth - 8))}px`;
    menu.style.top = `${Math.max(4, Math.min(bottom + 2, innerHeight - menu.offsetHeight - 8))}px`;
    menu.firstChild?.focus();
  });
  menu.addEventListener("toggle", (event) => node.setAttribute("aria-expanded", String(event.newState === "open")));
  menu.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    step(by);
  });
  return { node, menu };
}

// Args: table; words; ask(candidate) asks its open cells, openCells(candidate) counts them; anew(candidate) and
// answeredCells(candidate) likewise those with an answer; changed() is called after any change.
function columns({ table, words, ask, openCells, anew, answeredCells, changed }) {
  const all = table.candidates.map((name, number) => ({ name, number, width: USUAL, hidden: false }));
  let order = [...all];
  const badge = element("span", "wb-badge", {}, words.baseline);
  const hiddenOnes = () => order.filter((one) => one.hidden);
  const seen = () => order.filter((one) => !one.hidden);

  const arrange = (row) => {
    row.node.append(...order.map((one) => row.cells[one.number]));
    for (const one of order) row.cells[one.number].hidden = one.hidden;
  };
  const draw = () => {
    for (const row of [table.top, ...table.rows.drawn]) arrange(row);
    const widths = seen().map((one) => WIDTHS[one.width]);
    table.table.style.setProperty("--wb-columns", [
      `minmax(${PROMPTS_EM}em, 4fr)`, ...widths.map((width) => `minmax(${COLUMN_EM * width}em, ${5 * width}fr)`),
    ].join(" "));
    const whole = widths.reduce((sum, width) => sum + COLUMN_EM * width, PROMPTS_EM);
    table.table.style.minWidth = `${whole}em`;
    if (seen().length > 1) table.top.cells[seen()[0].number].querySelector(".wb-name").after(badge);
    else badge.remove();
    changed();
  };
  // Puts a column in the place of another one that is seen, before or behind it.
  const move = (one, target) => {
    const behind = order.indexOf(one) < order.indexOf(target) ? 1 : 0;
    order = order.filter((other) => other !== one);
    order.splice(order.indexOf(target) + behind, 0, one);
    draw();
  };
  const act = (deed, number) => () => {
    deed();
    table.top.cells[number].querySelector(".wb-more").focus();
  };

  for (const one of all) {
    const items = () => {
      const shown = seen();
      const place = shown.indexOf(one);
      const count = openCells(one.number);
      const answered = answeredCells(one.number);
      const hide = () => {
        one.hidden = true;
        draw();
        table.top.cells[seen()[Math.min(place, seen().length - 1)].number].querySelector(".wb-more").focus();
      };
      const widen = (by) => act(() => {
        one.width += by;
        draw();
      }, one.number);
      return [
        place > 0 && [words.make_baseline, act(() => move(one, shown[0]), one.number)],
        place > 0 && [words.move_left, act(() => move(one, shown[place - 1]), one.number)],
        place < shown.length - 1 && [words.move_right, act(() => move(one, shown[place + 1]), one.number)],
        one.width < WIDTHS.length - 1 && [words.wider, widen(1)],
        one.width > 0 && [words.narrower, widen(-1)],
        shown.length > 1 && [words.hide, hide],
        count > 0 && [words.ask_open.replace("{}", count), () => ask(one.number)],
        answered > 0 && [words.ask_answered.replace("{}", answered), () => anew(one.number)],
      ].filter(Boolean);
    };
    const { node, menu } = menuButton(words.column.replace("{}", one.name), items);
    table.top.cells[one.number].append(node, menu);
  }
  const showAll = button("", () => {
    for (const one of all) one.hidden = false;
    draw();
    table.pane.focus();
  }, { class: "wb-button wb-showall", hidden: "" });
  return {
    showAll,
    arrange,
    draw,
    order: () => seen().map((one) => one.number),
    tell() {
      const count = hiddenOnes().length;
      showAll.hidden = !count;
      say(showAll, words.show_hidden.replace("{}", count));
    },
  };
}
