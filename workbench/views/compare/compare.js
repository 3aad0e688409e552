// The view of a comparison: its side in the page. All data goes into text nodes and attributes, never into markup.

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
  const words = model.get("words");
  const top = header(words, () => model.send({ stop: true }));
  const table = grid(model.get("prompts"), model.get("candidates"), model.get("repeats"), words);
  const rows = table.rows.map((row) => row.node);
  const speak = speaker(model.get("language"));
  const sight = follower(table.pane, rows);
  const page = Math.random().toString(36).slice(2);

  let have = 0; // number of the last batch that this view holds
  let asked = false;
  let over = false;
  let gone = false; // the kernel
  const ask = () => {
    if (asked) return;
    asked = true;
    model.send({ have });
  };

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
      for (const row of table.rows) compared(table, words, layout.order(), row.number);
      layout.tell();
      tools.apply();
      focus.redraw();
    },
  });
  const tools = filters({ table, words, order: layout.order, more: [layout.showAll, askAll, code.opens] });
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
  const settle = anchored(table, rows);
  const go = gettingAbout(table, layout.order, (one) => focus.open(one), stopOne);
  const root = outermost("div", "wb-view wb-compare", model, model.get("stops_cells") ? { "data-stops": "" } : {}, top.node, tools.node, table.pane, focus.node, code.node);
  root.addEventListener("wb-moved", settle);
  root.addEventListener("wb-moved", code.settle);
  tools.node.hidden = table.answers.length < 2 && code.opens.hidden;
  if (table.answers.length < 2) for (const one of tools.node.querySelectorAll("select, input")) one.hidden = true;
  el.append(root);
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

  const apply = ({ cells, number, progress, counts, summary }) => {
    have = number;
    if (over && summary === undefined) {
      over = false;
      top.goOn();
    }
    const changed = Object.entries(cells).map(([index, change]) => [table.answers[index], change]);
    for (const [one, change] of changed) one.apply(change);
    for (const [one, change] of changed) {
      if (change.text) one.text.settle();
      if (OUTCOMES.includes(change.status)) one.text.rewind();
    }
    const prompts = new Set(changed.filter(([, change]) => change.status).map(([one]) => one.prompt));
    for (const prompt of prompts) compared(table, words, layout.order(), prompt);
    focus.changed(changed.map(([one]) => one));
    tools.changed();
    if (summary !== undefined) return end(summary);
    if (prompts.size) tellOpen();
    top.show(progress, counts);
    sight.follow();
    speak.say(progress);
  };

  // Jupyter's widgets tell it of a kernel that is restarted, and never again that it is live.
  const lost = () => {
    gone = true;
    code.opens.hidden = true;
    root.removeAttribute("data-stops");
    if (!over) end(words.gone);
    tellOpen();
    focus.redraw();
  };

  const receive = (message) => {
    if (message.opened !== undefined) {
      if (message.page === page) focus.take(message.opened, message.details);
    } else if (message.code !== undefined) {
      if (message.page === page) code.take(message.code);
    } else if (gone) return;
    else if (message.after === have) {
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
    tools.stop();
    speak.stop();
  };
}

export default { render, initialize: inPlace(render) };
