// The answers of a comparison: how each looks in its cell. All data goes into text nodes and attributes, never into markup.

const SHAPES = {
  waiting: { ring: true },
  answering: { ring: true, dot: true },
  answered: { path: "M3.5 8.5l3 3 6-7" },
  failed: { path: "M4.5 4.5l7 7m0-7l-7 7" },
  stopped: { path: "M4.5 4.5h7v7h-7z" },
  open: { path: "M9.5 3.5h3v3M12.5 3.5l-4 4M6.5 12.5h-3v-3M3.5 12.5l4-4" },
};
const BLOCK_LIMIT = 4000; // characters after which a paragraph without line feed goes on in a new block

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
    // An answer that has ended is read from its beginning, unless the reader is in the middle of it.
    rewind() {
      if (follows) top = node.scrollTop = 0;
      look();
    },
    // It was out of the page.
    restore() {
      if (top > 0) node.scrollTop = top;
    },
  };
}

// One answer: its state in a shape and a word, what is to be known of it in short, and its text.
function answer(words, place) {
  const shape = element("span", "wb-shape", {}, icon("waiting"));
  const word = element("span", "wb-word", {}, words.status.waiting);
  const note = element("span", "wb-note", { dir: "auto" });
  const marks = element("span", "wb-marks");
  const opens = element(
    "button", "wb-opens", { type: "button", tabindex: "-1", title: words.open, "aria-label": words.open }, icon("open"),
  );
  const stops = element(
    "button", "wb-stops", { type: "button", tabindex: "-1", title: words.stop_cell, "aria-label": words.stop_cell }, icon("stopped"),
  );
  const text = growingText(place.label);
  const node = element(
    "div", "wb-answer", { role: "group", tabindex: "-1", "aria-label": place.label, "data-status": "waiting" },
    element("div", "wb-state", {}, shape, word, note, marks, stops, opens), text.node,
  );
  let own = []; // marks that the kernel gave; others follow from what else is in the page
  let more = [];
  const marked = () => {
    const all = [...own, ...more, ...ratingMarks(words, one)];
    marks.replaceChildren(...all.map((mark) => element("span", "wb-mark", { dir: "auto" }, mark)));
  };
  const one = {
    ...place,
    node,
    text,
    opens,
    said: "",
    note: "",
    status: "waiting",
    cut: false,
    good: null,
    comment: "",
    apply(change) {
      if (change.fresh) {
        text.clear();
        one.said = "";
      }
      if (change.text) {
        text.add(change.text);
        one.said += change.text;
      }
      if (change.note !== undefined) {
        one.note = change.note;
        note.textContent = change.note;
        one.cut = change.cut ?? false;
        own = change.marks ?? [];
        marked();
      }
      if (change.good !== undefined) {
        one.good = change.good;
        one.comment = change.comment;
        marked();
      }
      if (change.status) {
        if (change.status !== one.status) shape.replaceChildren(icon(change.status));
        one.status = node.dataset.status = change.status;
        word.textContent = words.status[change.status];
      }
    },
    // What makes it another answer than one beside it.
    get says() { return [...own, one.said].join("\n"); },
    marks: () => [...own, ...more],
    mark(found) {
      if (found.join("\n") === more.join("\n")) return;
      more = found;
      marked();
    },
    // Nothing more will come.
    end() {
      if (one.status === "answering") one.apply({ status: "stopped" });
      if (one.status === "waiting") word.textContent = words.unasked;
    },
  };
  return one;
}
