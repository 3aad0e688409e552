// The view of a comparison: its side in the page. All data goes into text nodes and attributes, never into markup.

const TOLD_AFTER = 100; // milliseconds in which many messages of one kind come behind one another
const OUTCOMES = ["answered", "failed", "stopped"];

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
  const node = element("div", "wb-header", {}, progress, bar, stop);
  const told = (text) => {
    const [counts, ...rest] = text.split(" · ");
    const more = rest.length ? [element("span", "wb-how", {}, ` · ${rest.join(" · ")}`)] : [];
    progress.replaceChildren(counts, ...more);
  };
  return {
    node,
    end(text) {
      told(text);
      stop.remove();
      bar.remove();
    },
    goOn() {
      stop.disabled = false;
      label.textContent = words.stop;
      node.append(bar, stop);
    },
    show(text, counts) {
      const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
      const done = OUTCOMES.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
      told(text);
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
  const words = { ...model.get("words"), locale: model.get("language") };
  const top = header(words, () => model.send({ stop: true }));
  const table = grid({
    prompts: model.get("prompts"), count: model.get("count"), candidates: model.get("candidates"), repeats: model.get("repeats"), words,
  });
  const { rows } = table;
  const speak = speaker(model.get("language"));
  const sight = follower(table);
  const page = Math.random().toString(36).slice(2);

  let have = 0; // number of the last batch that this view holds
  let asked = false;
  let over = false;
  let coming = 0; // cells of which the next messages tell
  let gone = false; // the kernel
  let soonTold = null; // a timer
  const ask = () => {
    if (asked) return;
    asked = true;
    model.send({ have, page });
  };
  const near = fetching(table, (numbers) => { if (!gone) model.send({ rows: numbers, page }); });

  // Cells that can be asked now: those that failed or were stopped, and when all is over those that were not asked.
  const isOpen = (one) => ["failed", "stopped"].includes(one.status) || (over && one.status === "waiting");
  const openOnes = (candidate) => (gone || !model.get("asks") ? [] : table.answers.filter(
    (one) => isOpen(one) && (candidate === undefined || one.candidate === candidate),
  ));
  const again = (ones) => model.send({ again: ones.map((one) => one.index) });
  const answeredOnes = (candidate) => (gone || !model.get("asks_anew") ? [] : table.answers.filter(
    (one) => one.status === "answered" && one.candidate === candidate,
  ));
  const anew = (ones) => model.send({ anew: ones.map((one) => one.index) });
  const code = codeDialog({ words, speak, ask: () => model.send({ code: true, page }) });
  code.opens.hidden = !model.get("has_code");

  const stopOne = (one) => model.send({ stop_cell: one.index });

  const askAll = button("", () => again(openOnes()), { class: "wb-button wb-askall", hidden: "" });
  const layout = columns({
    table, words, openCells: (candidate) => openOnes(candidate).length,
    ask: (candidate) => again(openOnes(candidate)),
    answeredCells: (candidate) => answeredOnes(candidate).length,
    anew: (candidate) => anew(answeredOnes(candidate)),
    changed: () => {
      for (const row of rows.drawn) compared(table, layout.order(), row);
      layout.tell();
      tools.apply();
      focus.redraw();
    },
  });
  const isWhole = () => table.prompts.every((prompt) => prompt !== undefined) && !table.answers.some((one) => one.lacks || one.rest);
  const tools = filters({
    table, words, order: layout.order, more: [layout.showAll, askAll, code.opens],
    find: (text) => { if (!gone && !isWhole()) model.send({ find: text, page }); },
  });
  const focus = focusMode({
    words, table, order: layout.order, speak,
    ask: (one) => { if (!gone) model.send({ open: one.index, baseline: layout.order()[0], page }); },
    again: (one) => (one.status === "answered" ? anew : again)([one]),
    stop: stopOne,
    mayStop: (one) => !gone && model.get("stops_cells") && one.status === "answering",
    rate: (one, good, comment) => model.send({ rate: one.index, good, comment }),
    mayRate: () => !gone && model.get("rates"),
    mayAsk: (one) => openOnes(one.candidate).includes(one) || answeredOnes(one.candidate).includes(one),
    back: (one) => {
      settle();
      go(one);
    },
  });
  const settle = anchored(table);
  const go = gettingAbout(table, layout.order, (one) => focus.open(one), stopOne);
  const root = outermost("div", "wb-view wb-compare", model, model.get("stops_cells") ? { "data-stops": "" } : {}, top.node, tools.node, table.pane, focus.node, code.node);
  root.addEventListener("wb-moved", settle);
  root.addEventListener("wb-moved", code.settle);
  tools.node.hidden = table.answers.length < 2 && code.opens.hidden;
  if (table.answers.length < 2) for (const one of tools.node.querySelectorAll("select, input")) one.hidden = true;
  el.append(root);
  table.arrange = (row) => {
    layout.arrange(row);
    compared(table, layout.order(), row);
  };
  table.moved = () => {
    near.look();
    tools.moved();
  };
  rows.begin();
  layout.draw();

  top.show(words.progress, { waiting: table.answers.length });
  const tellOpen = () => {
    const count = openOnes().length;
    if (!count && document.activeElement === askAll) (focus.shown ? focus.node : table.pane).focus();
    askAll.hidden = !count;
    say(askAll, words.ask_open.replace("{}", count));
  };

  const end = (text) => {
    over = true;
    if (top.node.contains(document.activeElement)) table.pane.focus(); // as its button goes
    top.end(text);
    for (const one of table.answers) one.end();
    sight.stop();
    speak.say(text);
    tellOpen();
    focus.redraw();
  };

  // What was told of answers is shown: their texts and, beside one another, their rows.
  const changed = (ones, changes) => {
    for (const one of ones) {
      if (one.status === "answering") table.answering.add(one);
      else table.answering.delete(one);
    }
    for (const [one, change] of changes) {
      if (change.text && one.status === "answering" && one.drawn?.node.isConnected) one.drawn.text.settle();
    }
    for (const prompt of new Set(ones.map((one) => one.prompt))) {
      const row = rows.rowAt(prompt);
      if (!row) continue;
      compared(table, layout.order(), row);
      if (row.node.isConnected) rows.lookAt(row);
    }
    focus.changed(ones);
    tools.changed(ones);
  };
  const taken = (cells) => {
    const changes = Object.entries(cells).map(([index, change]) => [table.answers[index], change]);
    for (const [one, change] of changes) one.apply(change);
    return changes;
  };

  const apply = ({ cells, number, after, more, progress, counts, summary }) => {
    have = number;
    coming = more;
    if (more && after === 0) for (const one of table.answers) one.lacks = !(one.index in cells);
    if (over && summary === undefined) {
      over = false;
      top.goOn();
    }
    const changes = taken(cells);
    changed(changes.map(([one]) => one), changes);
    near.look();
    if (summary !== undefined) return end(summary);
    if (changes.length) tellOpen();
    top.show(progress, counts);
    sight.follow();
    speak.say(progress);
  };
  const applyShort = (columns) => {
    const ones = toldInShort(table.answers, columns);
    if (over) for (const one of ones) one.end();
    coming -= ones.length;
    if (coming <= 0) for (const one of table.answers) one.isKnown();
    changed(ones, []);
    near.look();
    clearTimeout(soonTold);
    soonTold = setTimeout(tellOpen, TOLD_AFTER);
  };
  const applyRows = (message) => {
    if (message.number !== have) return ask();
    const changes = taken(message.cells);
    changed(changes.map(([one]) => one), changes);
    if (over) for (const [one] of changes) one.end();
    near.take(message.rows);
  };

  // Jupyter's widgets tell it of a kernel that is restarted, and never again that it is live.
  const lost = () => {
    gone = table.gone = true;
    code.opens.hidden = true;
    root.removeAttribute("data-stops");
    if (!over) end(words.gone);
    for (const row of rows.drawn) for (const one of row.answers) one.drawn.told();
    tellOpen();
    focus.redraw();
  };

  const take = (message, columns) => {
    const isMine = message.page === page;
    if (message.opened !== undefined) {
      if (isMine) focus.take(message.opened, message.details);
    } else if (message.code !== undefined) {
      if (isMine) code.take(message.code);
    } else if (gone) return;
    else if (message.rows !== undefined) {
      if (isMine) applyRows(message);
    } else if (message.found !== undefined) {
      if (isMine) tools.take(message);
    } else if (message.short) {
      if ((isMine || message.page === null) && message.number === have) applyShort(columns);
    } else if (message.after === have) {
      asked = false;
      apply(message);
    } else if (message.after > have) ask();
  };
  let before = Promise.resolve(); // messages are taken one after the other, though some have to be unpacked
  const receive = (message, buffers) => {
    before = before.then(async () => take(message, buffers?.length ? await unpacked(buffers[0]) : null)).catch(console.error);
  };
  model.on("msg:custom", receive);
  model.on("comm_live_update", lost);
  ask();
  return () => {
    model.off("msg:custom", receive);
    model.off("comm_live_update", lost);
    sight.stop();
    rows.stop();
    near.stop();
    clearTimeout(soonTold);
    tools.stop();
    speak.stop();
  };
}

export default { render, initialize: inPlace(render) };
