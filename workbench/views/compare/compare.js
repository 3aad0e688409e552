// The live view of a comparison: its side in the page. All data goes into text nodes and attributes, never into markup.

const SHAPES = {
  waiting: { ring: true },
  answering: { ring: true, dot: true },
  answered: { path: "M3.5 8.5l3 3 6-7" },
  failed: { path: "M4.5 4.5l7 7m0-7l-7 7" },
  stopped: { path: "M4.5 4.5h7v7h-7z" },
};
const BLOCK_LIMIT = 4000; // characters after which a paragraph without line feed goes on in a new block
const OUTCOMES = ["answered", "failed", "stopped"];

function icon(status) {
  const shape = SHAPES[status];
  const svg = drawn("svg", { viewBox: "0 0 16 16", "aria-hidden": "true", class: "wb-icon" });
  if (shape.ring) svg.append(drawn("circle", { cx: 8, cy: 8, r: 5 }));
  if (shape.dot) svg.append(drawn("circle", { cx: 8, cy: 8, r: 2, class: "wb-dot" }));
  if (shape.path) svg.append(drawn("path", { d: shape.path }));
  return svg;
}

// A box whose text grows. Text is kept in blocks, so that the browser lays out only the last one anew.
function growingText(label) {
  const node = element("div", "wb-text", { role: "log", "aria-live": "off", "aria-label": label });
  let last = null;
  let follows = true;
  const block = () => {
    if (last?.length === 0) last.replaceWith(document.createElement("br")); // else an empty line gets lost in a copy
    last = document.createTextNode("");
    node.append(element("div", "wb-block", { dir: "auto" }, last));
  };
  const look = () => {
    follows = node.scrollTop + node.clientHeight > node.scrollHeight - 8;
    node.toggleAttribute("data-more", !follows);
  };
  node.addEventListener("scroll", look, { passive: true });
  return {
    node,
    add(text) {
      text.split("\n").forEach((line, number) => {
        if (last === null || number > 0 || last.length > BLOCK_LIMIT) block();
        last.appendData(line);
      });
    },
    // Called after all texts of a message are in place, so that the page is laid out once.
    settle() {
      if (follows) node.scrollTop = node.scrollHeight;
      if (node.tabIndex < 0 && node.scrollHeight > node.clientHeight) node.tabIndex = 0;
    },
    // An answer that has ended is read from its beginning, unless the reader is in the middle of it.
    rewind() {
      if (follows) node.scrollTop = 0;
      look();
    },
  };
}

function answer(words, label) {
  const shape = element("span", "wb-shape", {}, icon("waiting"));
  const word = element("span", "wb-word", {}, words.status.waiting);
  const note = element("span", "wb-note", { dir: "auto" });
  const text = growingText(label);
  const node = element(
    "div", "wb-answer", { "data-status": "waiting" }, element("div", "wb-state", {}, shape, word, note), text.node,
  );
  return {
    node,
    text,
    apply(change) {
      if (change.text) text.add(change.text);
      if (change.note !== undefined) note.textContent = change.note;
      if (change.status && change.status !== node.dataset.status) {
        node.dataset.status = change.status;
        shape.replaceChildren(icon(change.status));
        word.textContent = words.status[change.status];
      }
    },
    // Nothing more will come.
    end() {
      if (node.dataset.status === "answering") this.apply({ status: "stopped" });
      if (node.dataset.status === "waiting") word.textContent = words.unasked;
    },
  };
}

// The table and its cells, in the order in which the kernel counts them.
function grid(prompts, candidates, repeats, words) {
  const cells = [];
  const heads = [words.prompt, ...candidates].map((name) =>
    element("div", "wb-cell wb-head", { role: "columnheader", title: name, dir: "auto" }, name));
  heads[0].classList.add("wb-first");
  const rows = prompts.map((prompt, number) => {
    const first = element(
      "div", "wb-cell wb-first", { role: "rowheader" },
      element("span", "wb-number", {}, String(number + 1)), element("div", "wb-prompt", { dir: "auto" }, prompt),
    );
    const others = candidates.map((candidate) => {
      const cell = element("div", "wb-cell", { role: "cell" });
      for (let repeat = 1; repeat <= repeats; repeat += 1) {
        const place = `${candidate}, ${words.prompt} ${number + 1}`;
        const made = answer(words, repeats > 1 ? `${place}, ${words.repeat} ${repeat}` : place);
        cells.push(made);
        cell.append(made.node);
      }
      return cell;
    });
    return element("div", "wb-row", { role: "row" }, first, ...others);
  });
  const head = element("div", "wb-row wb-heads", { role: "row" }, ...heads);
  const table = element(
    "div", "wb-table", { role: "table", "aria-label": words.title },
    element("div", "wb-top", { role: "rowgroup" }, head), element("div", "", { role: "rowgroup" }, ...rows),
  );
  table.style.setProperty("--wb-candidates", candidates.length);
  const pane = element("div", "wb-pane", { role: "region", tabindex: "0", "aria-label": words.title }, table);
  return { pane, rows, cells };
}

// Keeps the topmost row that is being answered in sight, until the reader scrolls.
function follower(pane, rows) {
  let free = false;
  const release = () => { free = true; };
  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    pane.addEventListener(kind, release, { passive: true });
  }
  const follow = () => {
    const row = free ? undefined : rows.find((one) => one.querySelector('[data-status="answering"]'));
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

// Rows out of sight are laid out only roughly, so that where a reader was is known by the topmost row in sight.
function anchored(pane, rows) {
  let anchor = null;
  pane.addEventListener("scroll", () => {
    const row = rows.find((one) => one.offsetTop + one.offsetHeight > pane.scrollTop + rows[0].offsetTop);
    if (row) anchor = [row, row.offsetTop - pane.scrollTop];
  }, { passive: true });
  return () => {
    if (anchor) pane.scrollTop = anchor[0].offsetTop - anchor[1];
  };
}

function header(words, onStop) {
  const progress = element("span", "wb-progress", {});
  const parts = OUTCOMES.map((status) => element("span", "wb-part", { "data-status": status }));
  const bar = element(
    "div", "wb-bar", { role: "progressbar", "aria-label": words.title, "aria-valuemin": "0" }, ...parts,
  );
  const label = element("span", "", {}, words.stop);
  const stop = element("button", "wb-stop", { type: "button" }, icon("stopped"), label);
  stop.addEventListener("click", () => {
    stop.disabled = true;
    label.textContent = words.stopping;
    onStop();
  });
  return {
    node: element("div", "wb-header", {}, progress, bar, stop),
    end(text) {
      progress.textContent = text;
      stop.remove();
      bar.remove();
    },
    show(text, counts) {
      const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
      const done = OUTCOMES.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
      progress.textContent = text;
      bar.setAttribute("aria-valuemax", total);
      bar.setAttribute("aria-valuenow", done);
      bar.setAttribute("aria-valuetext", text);
      OUTCOMES.forEach((status, number) => {
        parts[number].style.width = `${(100 * (counts[status] ?? 0)) / total}%`;
      });
    },
  };
}

function render({ model, el }) {
  const words = model.get("words");
  const top = header(words, () => model.send({ stop: true }));
  const table = grid(model.get("prompts"), model.get("candidates"), model.get("repeats"), words);
  const speak = speaker(model.get("language"));
  const sight = follower(table.pane, table.rows);
  const root = outermost("div", "wb-view wb-compare", model, {}, top.node, table.pane);
  el.append(root);
  root.addEventListener("wb-moved", anchored(table.pane, table.rows));

  top.show(words.progress, { waiting: table.cells.length });
  let have = 0; // number of the last batch that this view holds
  let asked = false;
  let over = false;
  const ask = () => {
    if (asked) return;
    asked = true;
    model.send({ have });
  };

  const end = (text) => {
    over = true;
    if (top.node.contains(document.activeElement)) table.pane.focus(); // as its button goes
    top.end(text);
    for (const cell of table.cells) cell.end();
    sight.stop();
    speak.say(text);
  };

  const apply = ({ cells, number, progress, counts, summary }) => {
    have = number;
    const changed = Object.entries(cells).map(([index, change]) => [table.cells[index], change]);
    for (const [cell, change] of changed) cell.apply(change);
    for (const [cell, change] of changed) {
      if (change.text) cell.text.settle();
      if (OUTCOMES.includes(change.status)) cell.text.rewind();
    }
    if (summary !== undefined) return end(summary);
    top.show(progress, counts);
    sight.follow();
    speak.say(progress);
  };

  // Jupyter's widgets tell it of a kernel that is restarted, and never again that it is live.
  const lost = () => {
    if (!over) end(words.gone);
  };

  const receive = (message) => {
    if (over) return;
    if (message.after === have) {
      asked = false;
      apply(message);
    } else if (message.after > have) ask();
  };
  model.on("msg:custom", receive);
  model.on("comm_live_update", lost);
  ask();
  return () => {
    model.off("msg:custom", receive);
    model.off("comm_live_update", lost);
    sight.stop();
    speak.stop();
  };
}

export default { render, initialize: inPlace(render) };
