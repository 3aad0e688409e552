// The grid of a comparison: its answers, heads and rows, and how a reader gets about in it.

// The table and its answers, in the order in which the kernel counts them.
function grid({ prompts, count, candidates, repeats, words }) {
  const table = { words, prompts: Array.from({ length: count }, (_, number) => prompts[number]), count, candidates, repeats, answers: [], answering: new Set(), gone: false, arrange() {}, moved() {} };
  for (let prompt = 0; prompt < count; prompt += 1) {
    for (let candidate = 0; candidate < candidates.length; candidate += 1) {
      for (let repeat = 0; repeat < repeats; repeat += 1) {
        table.answers.push(new Answer(table, table.answers.length, prompt, candidate, repeat));
      }
    }
  }
  const ofNode = new WeakMap();
  const head = (name, ...more) => element(
    "div", "wb-cell wb-head", { role: "columnheader", dir: "auto" }, element("span", "wb-name", { title: name }, name), ...more,
  );
  const first = head(words.prompt);
  first.classList.add("wb-first");
  const heads = candidates.map((name) => head(name));

  const drawCell = (prompt, candidate) => element(
    "div", "wb-cell", { role: "cell" }, ...answersIn(table, prompt, candidate).map((one) => {
      one.drawn = drawnAnswer(words, one);
      ofNode.set(one.drawn.node, one);
      return one.drawn.node;
    }),
  );
  const draw = (number) => {
    const prompt = element("div", "wb-prompt", { dir: "auto" }, table.prompts[number] ?? "…");
    const named = element(
      "div", "wb-cell wb-first", { role: "rowheader" }, element("span", "wb-number", {}, String(number + 1)), prompt,
    );
    const cells = candidates.map((_, candidate) => drawCell(number, candidate));
    const answers = answersOf(table, number);
    const row = {
      number, cells, prompt, answers,
      node: element("div", "wb-row", { role: "row" }, named, ...cells),
      drop() { for (const one of answers) one.drawn = null; },
    };
    table.arrange(row);
    return row;
  };
  const arrived = (some) => {
    const measured = some.flatMap((row) => row.answers).map((one) => [one, one.drawn.text.measured()]);
    for (const [one, sizes] of measured) one.drawn.text.arrive(sizes, OUTCOMES.includes(one.status));
  };

  const top = { cells: heads, node: element("div", "wb-row wb-heads", { role: "row", "aria-rowindex": "1" }, first, ...heads) };
  const node = element(
    "div", "wb-table", { role: "table", "aria-label": words.title, "aria-rowcount": String(count + 1) },
    element("div", "wb-top", { role: "rowgroup" }, top.node),
  );
  const pane = element("div", "wb-pane", { role: "group", tabindex: "0", "aria-label": words.title }, node);
  const perRow = candidates.length * repeats;
  const rows = rowsInPage({ pane, top: top.node, count, perRow, draw, arrived, moved: () => table.moved() });
  node.append(...rows.nodes);
  return Object.assign(table, { pane, table: node, top, rows, answerAt: (target) => ofNode.get(target.closest?.(".wb-answer")) });
}

function answersIn(table, prompt, candidate) {
  const start = (prompt * table.candidates.length + candidate) * table.repeats;
  return table.answers.slice(start, start + table.repeats);
}

function answersOf(table, prompt) {
  const each = table.candidates.length * table.repeats;
  return table.answers.slice(prompt * each, (prompt + 1) * each);
}

// Keeps the topmost row that is being answered in sight, until the reader scrolls.
function follower({ pane, rows, answering, table }) {
  let free = false;
  const release = () => { free = true; };
  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    pane.addEventListener(kind, release, { passive: true });
  }
  const follow = () => {
    if (free || !pane.clientHeight) return;
    const places = [...answering].map((one) => rows.place[one.prompt]).filter((place) => place >= 0);
    if (!places.length) return;
    const position = Math.min(...places);
    const [top, height] = [rows.topOf(position), rows.heightAt(position)];
    const low = top + height - pane.clientHeight;
    const target = Math.min(Math.max(pane.scrollTop, low), top - rows.topOf(0));
    if (Math.abs(target - pane.scrollTop) > 1) pane.scrollTop = target;
  };
  const resized = new ResizeObserver(follow); // rows that come into sight get their true heights, and move the others
  resized.observe(table);
  return { follow, stop: () => resized.disconnect() };
}

// What leaves the page loses where it is scrolled to; the function that is returned brings it back. Rows out of sight are
// laid out only roughly, so that where a reader was is known by the topmost row in sight.
function anchored({ pane, rows }) {
  let anchor = null;
  let left = 0;
  pane.addEventListener("scroll", () => {
    if (!pane.clientHeight) return;
    left = pane.scrollLeft;
    anchor = rows.anchor();
  }, { passive: true });
  return () => {
    for (const row of rows.inPage) {
      for (const one of row.answers) one.drawn.text.restore();
    }
    pane.scrollLeft = left;
    rows.backTo(anchor);
  };
}

// The answer that a key leads to from another one; the same where there is no further. `order` are the candidates shown.
function neighbour(table, order, from, key) {
  const { answers, repeats, candidates, rows } = table;
  const at = (prompt, candidate, repeat) => answers[(prompt * candidates.length + candidate) * repeats + repeat];
  const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[key];
  if (step) {
    let place = rows.place[from.prompt] * repeats + from.repeat;
    for (;;) {
      place += step;
      if (place < 0 || place >= rows.shown.length * repeats) return from;
      const found = at(rows.shown[Math.floor(place / repeats)], from.candidate, place % repeats);
      if (!isRepeated(found)) return found;
    }
  }
  const aside = { ArrowRight: 1, ArrowLeft: -1 }[key];
  const candidate = aside && order[order.indexOf(from.candidate) + aside];
  if (candidate === undefined || !aside) return from;
  for (let repeat = from.repeat; repeat >= 0; repeat -= 1) {
    const found = at(from.prompt, candidate, repeat);
    if (!isRepeated(found)) return found;
  }
  return from;
}

// Arrow keys, j and k lead from answer to answer, Enter opens the one with the focus. stop(answer) ends one.
function gettingAbout(table, order, open, stop) {
  const { pane, answers, rows, answerAt } = table;
  let current = null;
  const go = (one) => {
    const place = rows.place[one.prompt];
    if (place < 0) return;
    current = one;
    rows.reveal(place);
    one.drawn.node.focus({ preventScroll: true });
    one.drawn.node.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  pane.addEventListener("focusin", (event) => { current = answerAt(event.target) ?? current; });
  pane.addEventListener("click", (event) => {
    const one = event.target.closest(".wb-opens, .wb-stops") && answerAt(event.target);
    if (!one) return;
    if (event.target.closest(".wb-opens")) {
      open(one);
      return;
    }
    stop(one);
    one.drawn.node.focus({ preventScroll: true }); // as its button goes
  });
  pane.addEventListener("dblclick", (event) => {
    const one = event.target.closest(".wb-state") && answerAt(event.target);
    if (one) open(one);
  });
  pane.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("button, input, select, .wb-menu")) return;
    const scrolls = event.target.matches(".wb-text") && event.key.startsWith("Arrow");
    const moves = ["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "j", "k"].includes(event.key);
    if (scrolls || (!moves && event.key !== "Enter")) return;
    const inside = event.target !== pane;
    const shown = (one) => one && !isRepeated(one) && rows.place[one.prompt] >= 0 && order().includes(one.candidate);
    if (!shown(current)) current = null;
    event.preventDefault();
    if (event.key === "Enter") {
      if (inside && current) open(current);
      return;
    }
    if (current) go(inside ? neighbour(table, order(), current, event.key) : current);
    else if (rows.shown.length) go(answers[(rows.shown[0] * table.candidates.length + order()[0]) * table.repeats]);
  });
  return go;
}
