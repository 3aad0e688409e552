// The grid of a comparison: its rows and heads, and how a reader gets about in it.

// The table and its answers, in the order in which the kernel counts them.
function grid(prompts, candidates, repeats, words) {
  const answers = [];
  const head = (name, ...more) => element(
    "div", "wb-cell wb-head", { role: "columnheader", dir: "auto" }, element("span", "wb-name", { title: name }, name), ...more,
  );
  const first = head(words.prompt);
  first.classList.add("wb-first");
  const heads = candidates.map((name) => head(name));
  const rows = prompts.map((prompt, number) => {
    const named = element(
      "div", "wb-cell wb-first", { role: "rowheader" },
      element("span", "wb-number", {}, String(number + 1)), element("div", "wb-prompt", { dir: "auto" }, prompt),
    );
    const cells = candidates.map((name, candidate) => {
      const cell = element("div", "wb-cell", { role: "cell" });
      for (let repeat = 0; repeat < repeats; repeat += 1) {
        const place = `${name}, ${words.prompt} ${number + 1}`;
        const label = repeats > 1 ? `${place}, ${words.repeat} ${repeat + 1}` : place;
        const made = answer(words, { index: answers.length, prompt: number, candidate, repeat, label });
        answers.push(made);
        cell.append(made.node);
      }
      return cell;
    });
    return { prompt, number, cells, node: element("div", "wb-row", { role: "row" }, named, ...cells) };
  });
  const top = { cells: heads, node: element("div", "wb-row wb-heads", { role: "row" }, first, ...heads) };
  const table = element(
    "div", "wb-table", { role: "table", "aria-label": words.title },
    element("div", "wb-top", { role: "rowgroup" }, top.node),
    element("div", "wb-rows", { role: "rowgroup" }, ...rows.map((row) => row.node)),
  );
  const pane = element("div", "wb-pane", { role: "group", tabindex: "0", "aria-label": words.title }, table);
  return { pane, table, top, rows, answers, prompts, candidates, repeats };
}

// Keeps the topmost row that is being answered in sight, until the reader scrolls.
function follower(pane, rows) {
  let free = false;
  const release = () => { free = true; };
  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    pane.addEventListener(kind, release, { passive: true });
  }
  const follow = () => {
    const row = free ? undefined : rows.find((one) => !one.hidden && one.querySelector('[data-status="answering"]'));
    if (!row) return;
    const head = rows[0].offsetTop;
    const low = row.offsetTop + row.offsetHeight - pane.clientHeight;
    const target = Math.min(Math.max(pane.scrollTop, low), row.offsetTop - head);
    if (Math.abs(target - pane.scrollTop) > 1) pane.scrollTop = target;
  };
  const resized = new ResizeObserver(follow); // rows that come into sight get their true heights, and move the others
  resized.observe(pane.firstChild);
  return { follow, stop: () => resized.disconnect() };
}

// What leaves the page loses where it is scrolled to; the function that is returned brings it back. Rows out of sight are
// laid out only roughly, so that where a reader was is known by the topmost row in sight.
function anchored({ pane, answers }, rows) {
  let anchor = null;
  let left = 0;
  pane.addEventListener("scroll", () => {
    if (!pane.clientHeight) return;
    const head = rows[0].parentNode.offsetTop;
    const row = rows.find((one) => one.offsetTop + one.offsetHeight > pane.scrollTop + head);
    left = pane.scrollLeft;
    if (row) anchor = [row, row.offsetTop - pane.scrollTop];
  }, { passive: true });
  return () => {
    for (const one of answers) one.text.restore();
    pane.scrollLeft = left;
    if (anchor) pane.scrollTop = anchor[0].offsetTop - anchor[1];
  };
}

// The answer that a key leads to from another one; the same where there is no further. `order` are the candidates shown.
function neighbour(table, order, from, key) {
  const { answers, repeats, candidates } = table;
  const seen = (one) => one && !one.node.hidden && !table.rows[one.prompt].node.hidden;
  const at = (prompt, candidate, repeat) => answers[(prompt * candidates.length + candidate) * repeats + repeat];
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[key];
  if (step) {
    let place = from.prompt * repeats + from.repeat;
    for (;;) {
      place += step;
      if (place < 0 || place >= table.rows.length * repeats) return from;
      const found = at(Math.floor(place / repeats), from.candidate, place % repeats);
      if (seen(found)) return found;
    }
  }
  const aside = { ArrowRight: 1, ArrowLeft: -1 }[key];
  const candidate = aside && order[order.indexOf(from.candidate) + aside];
  if (candidate === undefined || !aside) return from;
  for (let repeat = from.repeat; repeat >= 0; repeat -= 1) {
    const found = at(from.prompt, candidate, repeat);
    if (seen(found)) return found;
  }
  return from;
}

// Arrow keys, j and k lead from answer to answer, Enter opens the one with the focus. stop(answer) ends one.
function gettingAbout(table, order, open, stop) {
  const { pane, answers } = table;
  let current = null;
  const byNode = new Map(answers.map((one) => [one.node, one]));
  const here = (target) => byNode.get(target.closest?.(".wb-answer"));
  const go = (one) => {
    current = one;
    one.node.focus({ preventScroll: true });
    one.node.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  pane.addEventListener("focusin", (event) => { current = here(event.target) ?? current; });
  pane.addEventListener("click", (event) => {
    const one = event.target.closest(".wb-opens, .wb-stops") && here(event.target);
    if (!one) return;
    if (event.target.closest(".wb-opens")) {
      open(one);
      return;
    }
    stop(one);
    one.node.focus({ preventScroll: true }); // as its button goes
  });
  pane.addEventListener("dblclick", (event) => {
    const one = event.target.closest(".wb-state") && here(event.target);
    if (one) open(one);
  });
  pane.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("button, input, select, .wb-menu")) return;
    const scrolls = event.target.matches(".wb-text") && event.key.startsWith("Arrow");
    const moves = ["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "j", "k"].includes(event.key);
    if (scrolls || (!moves && event.key !== "Enter")) return;
    const inside = event.target !== pane;
    const shown = (one) => one && !one.node.hidden && !table.rows[one.prompt].node.hidden && order().includes(one.candidate);
    if (!shown(current)) current = null;
    event.preventDefault();
    if (event.key === "Enter") {
      if (inside && current) open(current);
      return;
    }
    if (current) go(inside ? neighbour(table, order(), current, event.key) : current);
    else {
      const start = answers.find((one) => one.candidate === order()[0] && shown(one));
      if (start) go(start);
    }
  });
  return go;
}
