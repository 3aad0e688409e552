// The answers of a comparison: how each looks in its cell. All data goes into text nodes and attributes, never into markup.

const SHAPES = {
  waiting: { ring: true },
  answering: { ring: true, dot: true },
  answered: { path: "M3.5 8.5l3 3 6-7" },
  failed: { path: "M4.5 4.5l7 7m0-7l-7 7" },
  stopped: { path: "M4.5 4.5h7v7h-7z" },
  open: { path: "M9.5 3.5h3v3M12.5 3.5l-4 4M6.5 12.5h-3v-3M3.5 12.5l4-4" },
};
const SHORT_TEXT = 60; // characters, and lines, that never have to be scrolled
const SHORT_LINES = 4;
const BLOCK_LIMIT = 4000; // characters after which a paragraph without line feed goes on in a new block

const icons = new Map(); // as they are copied faster than they are made

function icon(status) {
  if (!icons.has(status)) icons.set(status, madeIcon(status));
  return icons.get(status).cloneNode(true);
}

function madeIcon(status) {
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
  let top = 0; // where it is scrolled to
  const block = () => {
    if (last?.length === 0) last.replaceWith(document.createElement("br")); // else an empty line gets lost in a copy
    last = document.createTextNode("");
    node.append(element("div", "wb-block", { dir: "auto" }, last));
  };
  const look = () => {
    if (!node.clientHeight) return; // it is not shown, and so nowhere
    top = node.scrollTop;
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
    clear() {
      node.replaceChildren();
      last = null;
      follows = true;
    },
    // Called after all texts of a message are in place, so that the page is laid out once.
    settle() {
      if (follows) top = node.scrollTop = node.scrollHeight;
      if (node.tabIndex < 0 && node.scrollHeight > node.clientHeight) node.tabIndex = 0;
    },
    // It was out of the page.
    restore() {
      if (top > 0) node.scrollTop = top;
    },
    // Until it is in sight nobody knows whether it has to be scrolled, but keys may lead there.
    expect(text) {
      if (text.length > SHORT_TEXT || text.split("\n", SHORT_LINES).length === SHORT_LINES) node.tabIndex = 0;
    },
    // It has come into sight, or has ended there: in two steps for all texts, so that the page is laid out once. An answer
    // that has ended is read from its beginning, unless the reader is in the middle of it.
    measured: () => [node.scrollHeight, node.clientHeight],
    arrive([full, height], ended) {
      if (!height) return;
      if (full > height) node.tabIndex = 0;
      else if (node !== document.activeElement) node.removeAttribute("tabindex");
      const wanted = !follows ? top : ended ? 0 : full - height;
      if (wanted || top) node.scrollTop = wanted;
      top = wanted;
      follows = top + height > full - 8;
      node.toggleAttribute("data-more", !follows);
    },
  };
}

const NO_MARKS = []; // one for all answers, of which there may be a hundred thousand

// One answer, as plain data: what the kernel has told of it. It is drawn only while its row is in the page.
class Answer {
  constructor(table, index, prompt, candidate, repeat) {
    this.table = table;
    this.index = index;
    this.prompt = prompt;
    this.candidate = candidate;
    this.repeat = repeat;
    this.drawn = null;
    this.lacks = false; // the kernel has told only how it stands; its text comes when it is in sight
    this.said = "";
    this.rest = 0; // characters that were not told, as the answer is long
    this.note = "";
    this.status = "waiting";
    this.cut = false;
    this.says = 0; // a number that only answers have that say the same
    this.sketch = 0; // its words in 48 bits
    this.figures = null; // seconds to the first token and in all, tokens, tokens a second
    this.scores = null; // values by the name of the score
    this.good = null;
    this.comment = "";
    this.own = NO_MARKS; // marks that the kernel gave; others follow from what else is in the page
    this.more = NO_MARKS;
    this.over = false;
  }

  get label() {
    const { words, candidates, repeats } = this.table;
    const place = `${candidates[this.candidate]}, ${words.prompt} ${this.prompt + 1}`;
    return repeats > 1 ? `${place}, ${words.repeat} ${this.repeat + 1}` : place;
  }

  get word() {
    const { words } = this.table;
    if (this.lacks && this.status === "waiting") return "…"; // how it stands is still to come
    return this.over && this.status === "waiting" ? words.unasked : words.status[this.status];
  }

  // Its text, and that there is more of it.
  get begun() {
    if (this.lacks) return this.table.gone ? this.table.words.not_here : "…";
    return this.rest ? `${this.said}\n\n${moreCharacters(this.table.words, this.rest)}` : this.said;
  }

  marks() {
    return [...this.own, ...this.more];
  }

  apply(change) {
    if (change.fresh) {
      this.said = "";
      this.rest = change.rest ?? 0;
      this.lacks = false;
    }
    if (change.text && !this.lacks) this.said += change.text;
    if (change.note !== undefined) {
      this.note = change.note;
      this.cut = change.cut ?? false;
      this.own = change.marks?.length ? change.marks : NO_MARKS;
      this.figures = change.figures ?? null;
    }
    if (change.scores !== undefined) this.scores = change.scores;
    if (change.good !== undefined) {
      this.good = change.good;
      this.comment = change.comment;
    }
    if (change.status) {
      this.status = change.status;
      this.over = false;
      this.says = change.says ?? 0;
      this.sketch = change.sketch ?? 0;
    }
    this.drawn?.take(change);
  }

  // How it stands, without its text; which is kept if it is still the same.
  stands(told) {
    const isKnown = !this.lacks && told.status === "answered" && this.status === told.status && this.says === told.says;
    Object.assign(this, told, { over: false });
    if (isKnown) return;
    Object.assign(this, { lacks: true, said: "", rest: 0 });
    this.drawn?.take({ fresh: true, status: told.status, note: "" });
  }

  // All was told: what still waits does so.
  isKnown() {
    if (!this.lacks || this.status !== "waiting") return;
    this.lacks = false;
    this.drawn?.told();
  }

  mark(found) {
    if (found.join("\n") === this.more.join("\n")) return;
    this.more = found.length ? found : NO_MARKS;
    this.drawn?.marked();
  }

  // Nothing more will come.
  end() {
    this.over = true;
    if (this.status === "answering") this.apply({ status: "stopped" });
    this.over = true;
    this.drawn?.told();
  }
}

function moreCharacters(words, count) {
  return `… ${words.more_characters.replace("{}", count.toLocaleString(words.locale))}`;
}

// An answer as it is drawn: its state in a shape and a word, what is to be known of it in short, and its text.
function drawnAnswer(words, one) {
  const shape = element("span", "wb-shape");
  const word = element("span", "wb-word");
  const note = element("span", "wb-note", { dir: "auto" });
  const marks = element("span", "wb-marks");
  const opens = element(
    "button", "wb-opens", { type: "button", tabindex: "-1", title: words.open, "aria-label": words.open }, icon("open"),
  );
  const stops = element(
    "button", "wb-stops", { type: "button", tabindex: "-1", title: words.stop_cell, "aria-label": words.stop_cell }, icon("stopped"),
  );
  const text = growingText(one.label);
  const rest = element("div", "wb-rest", { hidden: "" });
  const numbers = element("div", "wb-numbers", { hidden: "" });
  const node = element(
    "div", "wb-answer", { role: "group", tabindex: "-1", "aria-label": one.label },
    element("div", "wb-state", {}, shape, word, note, marks, stops, opens), text.node, rest, numbers,
  );
  const drawn = {
    node,
    text,
    numbers,
    marked() {
      const all = [...one.marks(), ...ratingMarks(words, one)];
      marks.replaceChildren(...all.map((mark) => element("span", "wb-mark", { dir: "auto" }, mark)));
    },
    told() {
      if (node.dataset.status !== one.status) {
        node.dataset.status = one.status;
        shape.replaceChildren(icon(one.status));
      }
      word.textContent = one.word;
      const comes = one.lacks && !one.table.gone;
      node.toggleAttribute("data-lacks", comes);
      if (comes) node.setAttribute("aria-busy", "true");
      else node.removeAttribute("aria-busy");
      rest.hidden = comes || !(one.rest || one.lacks);
      if (!rest.hidden) say(rest, one.lacks ? one.begun : moreCharacters(words, one.rest));
    },
    take(change) {
      if (change.fresh) text.clear();
      if (change.text && !one.lacks) {
        text.add(change.text);
        text.expect(one.said);
      }
      if (change.note !== undefined) note.textContent = one.note;
      if (change.note !== undefined || change.good !== undefined) drawn.marked();
      if (change.status || change.fresh) drawn.told();
    },
  };
  if (one.said) {
    text.add(one.said);
    text.expect(one.said);
  }
  note.textContent = one.note;
  drawn.marked();
  drawn.told();
  return drawn;
}
