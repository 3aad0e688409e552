// The controls of a session: their side in the page. What models, tools and people wrote comes as texts, or in HTML that
// the kernel has made of it, in which it is nothing but text.

const SIGNS = { step: "M4 3l7 5-7 5z M12.5 3v10", run: "M5 3l8 5-8 5z", pause: "M5.5 3v10 M10.5 3v10", stop: "M4 4h8v8H4z" };
const STATES = { busy: "●", ended: "■", halted: "‖", "goes on": "▶", "not begun": "○" };
const SHORTCUTS = { s: "step", r: "run", p: "pause", x: "stop" };
const FIELDS = "textarea, select, input:not([type=checkbox])";

function tabs(words, panels) {
  const made = panels.map(([name, panel]) => {
    panel.id = `wb-panel-${++numbers}`;
    const id = `${panel.id}-tab`;
    const tab = element(
      "button", "wb-tab", { type: "button", role: "tab", id, "aria-controls": panel.id }, words[`tab_${name}`],
    );
    filled(panel, { role: "tabpanel", "aria-labelledby": id, tabindex: "0" }, []);
    tab.addEventListener("click", () => open(name));
    return { name, tab, panel };
  });
  const open = (name) => {
    for (const one of made) {
      const isOpen = one.name === name;
      one.tab.setAttribute("aria-selected", String(isOpen));
      one.tab.tabIndex = isOpen ? 0 : -1;
      one.panel.hidden = !isOpen;
    }
  };
  const list = element("div", "wb-tabs", { role: "tablist", "aria-label": words.looks }, ...made.map((one) => one.tab));
  list.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = made[(made.findIndex((one) => one.tab === event.target) + step + made.length) % made.length];
    open(next.name);
    next.tab.focus();
  });
  open(panels[0][0]);
  return {
    nodes: [list, ...made.map((one) => one.panel)],
    open,
    focus(place) {
      const one = made[place];
      if (!one) return;
      open(one.name);
      one.tab.focus();
    },
  };
}

function helpPanel(words) {
  const keys = [
    ["s", "step"], ["r", "run"], ["p", "pause"], ["x", "stop"], ["h", "hold"], ["a", "asks"], ["t", "turns"],
    ["↑ ↓", "move"], ["Enter", "open"], ["1 … 5", "tabs"], ["Ctrl+Enter", "send"], ["Esc", "escape"], ["?", "help"],
  ];
  return element("dl", "wb-keys", { hidden: "", "aria-label": words.keys }, ...keys.flatMap(([key, word]) => [
    element("dt", "", {}, element("kbd", "", {}, key)), element("dd", "", {}, words[`key_${word}`])]));
}

function toolbar(words, act) {
  const tools = {};
  const hold = element("input", "", { type: "checkbox", checked: "", id: `wb-hold-${++numbers}` });
  for (const [key, what] of Object.entries(SHORTCUTS)) {
    const shape = drawn("path", { d: SIGNS[what] });
    const picture = drawn("svg", { viewBox: "0 0 16 16", "aria-hidden": "true", class: "wb-icon" }, shape);
    const tool = button("", () => {
      if (tool.getAttribute("aria-disabled") !== "true") act(what, what === "step" ? { hold: hold.checked } : {});
    }, { class: "wb-button wb-tool", "aria-keyshortcuts": key, title: `${words[what]} (${key})` });
    tool.append(picture, words[what]);
    tools[what] = tool;
  }
  const label = element("label", "", { for: hold.id }, words.hold);
  const holds = element("span", "wb-hold", { title: words.hold_why }, hold, label);
  const told = { "aria-label": words.keys, "aria-expanded": "false", "aria-keyshortcuts": "?" };
  const help = button("?", () => {}, { class: "wb-button wb-help", ...told });
  return {
    node: element("div", "wb-bar", { role: "group", "aria-label": words.bar }, ...Object.values(tools), holds, help),
    tools, hold, help,
    show(state) {
      for (const [what, tool] of Object.entries(tools)) tool.setAttribute("aria-disabled", String(!state[what]));
    },
  };
}

function render({ model, el }) {
  const words = model.get("words");
  const page = Math.random().toString(36).slice(2);
  const parts = new Map();
  let [have, asked, over, chosen] = [0, false, false, null];
  const act = (what, more = {}) => model.send({ do: what, page, ...more });
  const look = (number) => model.send({ look: number, page });
  const ask = () => {
    if (!asked) model.send({ have, page });
    asked = true;
  };

  const bar = toolbar(words, act);
  const sign = element("span", "wb-sign", { "aria-hidden": "true" });
  const line = element("span", "wb-now", { dir: "auto" });
  const counts = element("span", "wb-quiet", {});
  const problem = element("p", "wb-problem", { role: "alert", dir: "auto" });
  const warnings = element("div", "wb-warnings", {});
  const [calls, person, held] = ["", "", ""].map(() => element("div", "wb-requests"));
  const requests = element("div", "wb-waits", { role: "group", "aria-label": words.asks }, calls, person, held);
  const turn = turnPanel(words, act);
  const branches = branchesPanel(words, act);
  const speakers = element("div", "wb-part-panel", {}, element("p", "wb-empty", {}, words.no_speakers));
  const saying = sayPanel(words, act);
  const limits = limitsPanel(words, act);
  const below = tabs(words, [
    ["turn", turn.panel], ["branches", branches.panel], ["speakers", speakers], ["say", saying.panel],
    ["limits", limits.panel],
  ]);
  const choose = (number) => {
    if (chosen !== number) turn.clear();
    chosen = number;
    turns.mark(chosen);
    below.open("turn");
    look(number);
  };
  const turns = timeline(words, choose, (number, row) => model.send({ whole: number, row }));
  const keys = helpPanel(words);
  const speak = speaker(model.get("language"));
  const root = outermost(
    "div", "wb-view wb-controls", model, { role: "group", "aria-label": words.title },
    bar.node, keys, element("div", "wb-status", {}, sign, line, counts), problem, warnings, requests, turns.pane,
    ...below.nodes,
  );
  el.append(root);

  const help = (shown) => {
    keys.hidden = !shown;
    bar.help.setAttribute("aria-expanded", String(shown));
  };
  bar.help.addEventListener("click", () => help(keys.hidden));
  const shortcuts = {
    ...Object.fromEntries(Object.entries(SHORTCUTS).map(([key, what]) => [key, () => bar.tools[what].click()])),
    h: () => bar.hold.click(),
    a: () => requests.querySelector("button, textarea")?.focus(),
    t: () => turns.focus(),
    "?": () => help(keys.hidden),
    Escape: () => help(false),
  };
  root.addEventListener("keydown", (event) => {
    if (over || event.ctrlKey || event.altKey || event.metaKey || event.target.matches(FIELDS)) return;
    const go = shortcuts[event.key] ?? (/^[1-5]$/.test(event.key) ? () => below.focus(Number(event.key) - 1) : null);
    if (!go) return;
    event.preventDefault();
    go();
  });

  const members = () => parts.get("state").members;
  const showCalls = keyed(calls, (call) => callNode(words, act, call));
  const showHeld = keyed(held, (one) => heldNode(words, act, one, members()));
  const showPerson = keyed(person, (who) => personNode(words, act, who));
  const draw = {
    state(state) {
      bar.show(state);
      sign.textContent = STATES[state.kind];
      root.dataset.kind = state.kind;
      say(line, state.line);
      say(counts, state.counts);
      saying.show(state.members, state.next);
      speak.say(state.line);
    },
    warnings: (items) => warnings.replaceChildren(
      ...items.map((text) => element("p", "wb-problem", { dir: "auto" }, `⚠ ${text}`))),
    calls: (items) => showCalls(items, (call) => call.key, () => {}),
    person: (who) => showPerson(who ? [who] : [], (one) => one, () => {}),
    standing: (items) => limits.rights(items),
    limits: (items) => limits.limits(items),
    branches: (items) => branches.list(items),
    tree: (html) => branches.tree(html),
    speakers: (html) => { if (html) speakers.replaceChildren(parsed(html)); },
  };
  const apply = (message) => {
    const focused = root.contains(document.activeElement);
    [have, asked] = [message.number, false];
    const moved = parts.has("state") && message.parts.state && message.parts.state.branch !== parts.get("state").branch;
    for (const [name, value] of Object.entries(message.parts)) parts.set(name, value);
    for (const name of Object.keys(message.parts)) draw[name]?.(parts.get(name));
    showHeld(parts.get("held"), (one) => JSON.stringify(one), ({ deliver }) => {
      deliver.disabled = !parts.get("state").deliver;
    });
    const shown = parts.get("rows").map((key) => ({ key, ...parts.get(`row ${key}`) }));
    turns.show(shown);
    const looked = shown.find((row) => row.number === chosen);
    if (chosen !== null && (!looked || moved)) {
      chosen = null;
      turn.clear();
    } else if (looked && `row ${looked.key}` in message.parts && !turn.isOpen()) look(chosen);
    turns.mark(chosen);
    // To the next request as a whole: on one of its buttons, a key held down too long would answer it.
    if (focused && !root.contains(document.activeElement)) (requests.querySelector(".wb-request") ?? bar.tools.step).focus();
  };

  const receive = (message) => {
    if (over) return;
    if ("problem" in message) say(problem, message.problem ? `✗ ${message.problem}` : "");
    else if ("looked" in message) {
      const { looked, html, fork } = message;
      if (message.page === page && looked === chosen && !turn.isOpen()) turn.show(looked, html, fork);
    } else if ("done" in message) {
      if (message.page === page && message.done === "send") saying.sent();
    } else if ("whole" in message) turns.whole(message.whole, message.html);
    else if (message.after === have || (asked && message.after < have)) apply(message);
    else if (message.after > have) ask();
  };

  // Jupyter's widgets tell a view of a kernel that is restarted, and never again that it is live.
  const lost = () => {
    if (over) return;
    over = true;
    const focused = root.contains(document.activeElement);
    root.replaceChildren(element("p", "wb-empty", { role: "status", tabindex: "-1" }, words.gone));
    root.classList.add("wb-gone");
    if (focused) root.firstChild.focus();
    speak.say(words.gone);
  };
  model.on("msg:custom", receive);
  const leave = () => {
    if (!over) model.send({ left: page });
  };
  model.on("comm_live_update", lost);
  window.addEventListener("pagehide", leave);
  ask();
  return () => {
    model.off("msg:custom", receive);
    model.off("comm_live_update", lost);
    window.removeEventListener("pagehide", leave);
    leave();
    speak.stop();
  };
}

export default { render };
