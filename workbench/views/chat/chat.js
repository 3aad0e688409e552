// The view of a chat: its side in the page. All data goes into text nodes and attributes, never into markup.

const SIGNS = { waiting: "○", answering: "◐", answered: "✓", failed: "✗", stopped: "■" };
const NEAR = 24; // pixels from where new text is read within which the view follows it

const filledIn = (text, values) => text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

// Sets a text; what only grows keeps a selection within it.
function grow(node, text) {
  const last = node.firstChild ?? node.appendChild(document.createTextNode(""));
  if (text === last.data) return;
  if (text.startsWith(last.data)) last.appendData(text.slice(last.length));
  else last.data = text;
}

// A field in which Enter sends and Shift+Enter begins a new line.
function writing(label, send, attributes = {}) {
  const id = `wb-writing-${++numbers}`;
  const box = element("textarea", "wb-input", { id, rows: 1, dir: "auto", ...attributes });
  const fit = () => {
    box.style.height = "auto";
    box.style.height = `${Math.min(box.scrollHeight + 2, 240)}px`;
  };
  const give = () => {
    if (box.value.trim()) send(box.value);
  };
  box.addEventListener("input", fit);
  box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    give();
  });
  return {
    box,
    give,
    label: element("label", "wb-label", { for: id }, label),
    fill(text) {
      box.value = text;
      fit();
    },
  };
}

function answerNode(words, texts, turn, first) {
  const sign = element("span", "wb-sign", { "aria-hidden": "true" });
  const word = element("span", "wb-word");
  const who = element("h4", "wb-model", {}, first.model);
  const values = { model: first.model, n: turn.number };
  const copyNames = { class: "wb-button wb-small", "aria-label": filledIn(words.copy_answer, values) };
  const copy = copyButton(words, () => texts.get(name) ?? "", copyNames);
  const thought = element("div", "wb-text");
  const unfold = element("summary", "", {}, words.thoughts);
  const thoughts = element("details", "wb-thoughts", { hidden: "" }, unfold, thought);
  const text = element("div", "wb-text");
  const note = element("p", "wb-note");
  const head = element("div", "wb-answer-head", {}, who, sign, word, copy);
  const node = element("article", "wb-answer", { "aria-label": first.model }, head, thoughts, text, note);
  let name = first.name;
  return {
    node,
    update(answer) {
      ({ name } = answer);
      const said = texts.get(name) ?? "";
      const empty = answer.status === "answered" && !said.trim();
      node.dataset.status = answer.status;
      say(sign, SIGNS[answer.status]);
      say(word, answer.word);
      grow(thought, texts.get(`${name} thoughts`) ?? "");
      thoughts.hidden = !thought.textContent;
      grow(text, empty ? words.no_answer : said);
      text.hidden = !text.textContent;
      copy.hidden = !said;
      say(note, [answer.note, answer.tries].filter(Boolean).join(" · "));
    },
  };
}

function turnNode(words, texts, act, first) {
  const { number } = first;
  const text = element("div", "wb-text wb-said", { role: "group", "aria-label": `${words.you} · ${number}` });
  const step = (by, sign, label) => {
    const node = button(sign, () => {
      if (node.getAttribute("aria-disabled") === "true") return;
      act("go", { turn: now.ways[now.way - 1 + by] }, { number, by });
    }, { class: "wb-button wb-small", "aria-label": filledIn(label, { n: number }) });
    return node;
  };
  const earlier = step(-1, "‹", words.earlier);
  const later = step(1, "›", words.later);
  const which = element("span", "wb-which");
  const wordings = filledIn(words.wordings, { n: number });
  const ways = element("span", "wb-ways", { role: "group", "aria-label": wordings }, earlier, which, later);
  const edit = button(words.edit, () => open(true), {
    class: "wb-button wb-small", "aria-label": filledIn(words.edit_turn, { n: number }),
  });
  const instead = writing(words.edited, (said) => {
    open(false);
    act("edit", { turn: first.key, text: said }, { composer: true });
  });
  const send = button(words.send, instead.give, { class: "wb-button wb-main" });
  const cancel = button(words.cancel, () => open(false));
  const form = element(
    "div", "wb-edit", { hidden: "" }, instead.label, instead.box, element("div", "wb-buttons", {}, send, cancel),
  );
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape") open(false);
  });
  const open = (isOpen) => {
    form.hidden = !isOpen;
    text.hidden = isOpen;
    if (isOpen) instead.fill(now.text);
    (isOpen ? instead.box : edit).focus();
    if (isOpen) head.scrollIntoView({ block: "nearest" });
  };
  const who = element("h3", "wb-who", {}, `${words.you} · ${number}`);
  const head = element("div", "wb-turn-head", {}, who, ways, edit);
  const answers = element("div", "wb-answers");
  const show = keyed(answers, (answer) => answerNode(words, texts, first, answer));
  let now = first;
  return {
    node: element("section", "wb-turn", {}, element("div", "wb-user", {}, head, text, form), answers),
    steps: { "-1": earlier, 1: later },
    open,
    update(turn, isBusy) {
      now = turn;
      grow(text, turn.text);
      text.tabIndex = text.scrollHeight > text.clientHeight + 1 ? 0 : -1; // what scrolls is reached by keyboard
      ways.hidden = turn.ways.length < 2;
      say(which, `${turn.way}/${turn.ways.length}`);
      earlier.setAttribute("aria-disabled", turn.way === 1);
      later.setAttribute("aria-disabled", turn.way === turn.ways.length);
      edit.disabled = send.disabled = isBusy;
      show(turn.answers, (answer) => answer.model, (part, answer) => part.update(answer));
    },
  };
}

function render({ model, el }) {
  const words = model.get("words");
  const labels = model.get("labels");
  const page = Math.random().toString(36).slice(2);
  const texts = new Map();
  const parts = new Map();
  const line = element("span", "wb-line");
  const title = element("h2", "wb-title", {}, words.title);
  const names = element("span", "wb-names", {}, labels.join(", "));
  const empty = element("p", "wb-empty", {}, filledIn(words.empty, { models: labels.join(", ") }));
  const turns = element("div", "wb-turns");
  const scrolls = { tabindex: 0, role: "group", "aria-label": words.conversation };
  const pane = element("div", "wb-pane", scrolls, empty, turns);
  const problem = element("p", "wb-problem", { role: "alert" });
  const hintId = `wb-hint-${++numbers}`;
  const hint = element("span", "wb-hint", { id: hintId }, words.hint);
  const message = writing(words.message, (text) => {
    if (!send.hidden) act("say", { text }, { sent: true });
  }, { "aria-describedby": hintId });
  const send = button(words.send, message.give, { class: "wb-button wb-main" });
  const stop = button(words.stop, () => {
    say(stop, words.stopping);
    act("stop", {});
  }, { class: "wb-button wb-danger", hidden: "" });
  const again = button(words.again, () => act("again", {}), { class: "wb-button", hidden: "" });
  const composer = element(
    "div", "wb-composer", {}, message.label, message.box, element("div", "wb-buttons", {}, send, stop, again, hint),
  );
  const root = outermost(
    "div", "wb-view wb-chat", model, { role: "group", "aria-label": words.title },
    element("div", "wb-header", {}, title, names, line), pane, problem, composer,
  );
  root.style.setProperty("--wb-columns", labels.length);
  const speak = speaker(model.get("language"));
  const nodes = new Map();
  const update = keyed(turns, (turn) => {
    const made = turnNode(words, texts, act, turn);
    nodes.set(turn.key, made);
    return made;
  });
  let [have, asked, over, sent, focusNext] = [0, false, false, false, null];

  const act = (what, given, then = null) => {
    say(problem, "");
    if (then?.sent) {
      message.fill("");
      sent = true;
    } else focusNext = then;
    model.send({ do: what, page, ...given });
  };
  // Where new text is read: of one model at its end; of several at the head of the turn, as none is as long as another.
  const end = () => {
    const last = labels.length > 1 ? turns.lastElementChild : null;
    const most = pane.scrollHeight - pane.clientHeight;
    if (!last) return most;
    return Math.min(most, pane.scrollTop + last.getBoundingClientRect().top - pane.getBoundingClientRect().top);
  };
  const ask = () => {
    if (asked) return;
    asked = true;
    model.send({ have, page });
  };

  message.box.addEventListener("keydown", (event) => {
    const last = nodes.get(parts.get("turns")?.at(-1));
    if (event.key !== "ArrowUp" || message.box.value || !last || parts.get("state").busy) return;
    event.preventDefault();
    last.open(true);
  });

  // Whoever pressed what is now gone goes on beside it, and not at the top of the page.
  const refocus = (wasHere, shown) => {
    if (focusNext?.composer) message.box.focus();
    else if (focusNext) nodes.get(shown[focusNext.number - 1]?.key)?.steps[focusNext.by].focus();
    else if (wasHere && !(root.contains(document.activeElement) && document.activeElement.checkVisibility())) {
      (stop.hidden ? message.box : stop).focus();
    }
    focusNext = null;
  };

  const apply = (told) => {
    const wasHere = root.contains(document.activeElement);
    const follows = sent || Math.abs(pane.scrollTop - end()) < NEAR;
    [have, asked] = [told.number, false];
    for (const [name, text, isWhole] of told.texts) texts.set(name, isWhole ? text : (texts.get(name) ?? "") + text);
    for (const [name, value] of Object.entries(told.parts)) parts.set(name, value);
    const { busy, line: stands, again: mayAsk } = parts.get("state");
    const moved = "turns" in told.parts;
    const shown = parts.get("turns").map((key) => ({ key, ...parts.get(`turn ${key}`) }));
    update(shown, (turn) => turn.key, (part, turn) => part.update(turn, busy));
    empty.hidden = shown.length > 0;
    say(line, shown.length > 0 ? stands : "");
    if (!busy) say(stop, words.stop);
    send.hidden = busy;
    stop.hidden = !busy;
    again.hidden = busy || !mayAsk;
    root.toggleAttribute("data-busy", busy);
    if (follows) pane.scrollTop = end();
    if (moved) sent = false;
    if (focusNext === null || moved) refocus(wasHere, shown);
    const newest = shown.at(-1)?.answers ?? [];
    speak.say(newest.map((answer) => `${answer.model}: ${answer.word}`).join(", "));
  };

  const receive = (told) => {
    if (over) return;
    if ("problem" in told) {
      if (told.page !== page) return;
      focusNext = null;
      say(problem, `✗ ${told.problem}`);
      if (told.text && !message.box.value) message.fill(told.text);
    } else if (asked ? told.after === -1 : told.after === have) apply(told);
    else if (told.after > have) ask();
  };

  // What was seen last stays, with nothing in it that could be pressed.
  const lost = () => {
    if (over) return;
    over = true;
    for (const node of root.querySelectorAll(".wb-composer, .wb-edit, .wb-ways, .wb-button")) node.remove();
    say(line, words.gone);
    speak.say(words.gone);
  };
  el.append(root);
  model.on("msg:custom", receive);
  model.on("comm_live_update", lost);
  ask();
  return () => {
    model.off("msg:custom", receive);
    model.off("comm_live_update", lost);
    speak.stop();
  };
}

export default { render, initialize: inPlace(render) };
