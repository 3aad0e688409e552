// The panel of connections and models: its side in the page. All data goes into text nodes and attributes, never into markup.

const SEEN_EVERY = 5000; // milliseconds between two words to the kernel that somebody looks
const KEPT = 60; // points of the line of tokens per second

function meter(label) {
  const fill = element("span", "wb-fill");
  const node = element("span", "wb-meter", { role: "meter", "aria-valuemin": 0, "aria-valuemax": 100, "aria-label": label }, fill);
  return {
    node,
    show(share) {
      const percent = Math.round(share * 100);
      node.setAttribute("aria-valuenow", percent);
      fill.style.width = `${percent}%`;
      node.toggleAttribute("data-full", percent >= 90);
    },
  };
}

// A work that runs: bar, line and Cancel; or the problem in which it ended.
function work(model, words, name) {
  const bar = element("progress", "wb-progress", { max: 1, "aria-label": name() });
  const line = element("span", "wb-line");
  const problem = element("span", "wb-problem", { role: "alert" });
  const cancel = button(words.cancel, () => model.send({ do: "cancel", name: name() }), { "aria-label": `${words.cancel}: ${name()}` });
  const node = element("div", "wb-work", { hidden: "" }, bar, line, cancel, problem);
  return {
    node,
    show(state) {
      node.hidden = !state;
      if (!state) return;
      bar.hidden = cancel.hidden = Boolean(state.problem);
      if (state.share === null) bar.removeAttribute("value");
      else bar.value = state.share;
      say(line, state.line);
      say(problem, state.problem ? `✗ ${state.problem}` : "");
    },
  };
}

function modelRow(model, words, server, first) {
  const name = `${server.name}/${first.name}`;
  const send = (what, more = {}) => model.send({ do: what, name, ...more });
  const title = element("th", "wb-name", { scope: "row" }, first.name);
  const cells = ["can", "context", "size", "memory", "stays"].map((part) => [part, element("td", `wb-${part}`)]);
  const keep = field(words.keep_alive, { value: "10m", size: 5 });
  const context = field(words.context_field, { type: "number", min: 256, step: 256 });
  const wish = () => ({ keep_alive: keep.input.value, context: context.input.valueAsNumber || null });
  const load = button(words.load, () => send("load", wish()), { "aria-label": `${words.load}: ${name}` });
  const unload = button(words.unload, () => send("unload"), { "aria-label": `${words.unload}: ${name}` });
  const really = element("span", "wb-really", { hidden: "", role: "group" });
  const remove = button(words.delete, () => {
    really.hidden = false;
    plain.hidden = true;
    no.focus();
  }, { "aria-label": `${words.delete} ${name}` });
  const back = () => {
    really.hidden = true;
    plain.hidden = false;
    remove.focus();
  };
  const question = element("span", "");
  const no = button(words.cancel, back);
  const yes = button(words.yes_delete, () => {
    send("delete");
    back();
  }, { class: "wb-button wb-danger" });
  really.append(question, no, yes);
  really.addEventListener("keydown", (event) => {
    if (event.key === "Escape") back();
  });
  const options = element("details", "wb-options", {}, element("summary", "", { "aria-label": `${words.options}: ${name}` }, words.options), keep.node, context.node);
  const plain = element("span", "wb-plain", {}, load, unload, remove, options);
  const doing = work(model, words, () => name);
  const actions = element("td", "wb-actions", {});
  if (server.manages) actions.append(plain, really, doing.node);
  const node = element("tr", "", {}, title, ...cells.map(([, cell]) => cell), actions);
  // Whoever pressed a button that gives way to another goes on there, and not at the top of the page.
  const keepingFocus = (change) => {
    const focused = node.getRootNode().activeElement;
    const wasHere = actions.contains(focused);
    change();
    if (wasHere && !focused.checkVisibility()) [...actions.querySelectorAll("button")].find((one) => one.checkVisibility())?.focus();
  };
  return {
    node,
    update: (state, works) => keepingFocus(() => {
      for (const [part, cell] of cells) say(cell, state[part]);
      node.toggleAttribute("data-loaded", state.loaded === true);
      load.hidden = options.hidden = state.loaded === true;
      unload.hidden = state.loaded !== true;
      say(question, words.really.replace("{model}", state.name).replace("{size}", state.size));
      const running = works[name];
      const runs = Boolean(running && !running.problem);
      doing.show(running);
      // In the buttons' place, so that no row below it moves.
      if (runs) really.hidden = true;
      plain.hidden = runs || !really.hidden;
    }),
  };
}

// How busy a vLLM is: numbers, the cache as a meter, and tokens per second as a line over the last two minutes.
function strip(words) {
  const numbersOf = element("span", "wb-numbers");
  const cache = meter(words.cache);
  const cacheText = element("span", "");
  const speed = element("span", "wb-speed");
  const line = drawn("polyline");
  const spark = { viewBox: `0 0 ${KEPT} 20`, preserveAspectRatio: "none", "aria-hidden": "true", class: "wb-spark" };
  const svg = drawn("svg", spark, line);
  const node = element("div", "wb-strip", {}, numbersOf, cache.node, cacheText, svg, speed);
  const points = [];
  let before = null;
  return {
    node,
    update(gauges) {
      node.hidden = !gauges;
      if (!gauges) return;
      say(numbersOf, `${gauges.running} ${words.running} · ${gauges.waiting} ${words.waiting}`);
      cache.node.hidden = gauges.cache === null;
      if (gauges.cache !== null) {
        cache.show(gauges.cache);
        say(cacheText, `${words.cache} ${Math.round(gauges.cache * 100)} %`);
      }
      const now = performance.now();
      if (gauges.generated !== null && before && now - before.at > 500) {
        const rate = Math.max(gauges.generated - before.tokens, 0) / ((now - before.at) / 1000);
        points.push(rate);
        if (points.length > KEPT) points.shift();
        say(speed, `${Math.round(rate)} ${words.per_second}`);
        const most = Math.max(...points, 1);
        line.setAttribute("points", points.map((point, x) => `${KEPT - points.length + x},${19 - (point / most) * 18}`).join(" "));
      }
      before = { at: now, tokens: gauges.generated ?? 0 };
    },
  };
}

function serverPart(model, words, first) {
  const id = `wb-server-${++numbers}`;
  const product = element("span", "wb-product");
  const head = element("h3", "wb-server-name", { id }, first.name, " ", product);
  const problem = element("p", "wb-problem");
  const busy = strip(words);
  const names = ["model", "can", "context", "size", "memory_head", "stays"];
  const heads = names.map((name) => element("th", `wb-${name}`, { scope: "col" }, words[name]));
  // The last column is there without a head too, so that columns stand below each other from server to server.
  heads.push(first.manages ? element("th", "wb-actions", { scope: "col" }, words.actions) : element("td", "wb-actions"));
  const body = element("tbody", "");
  const table = element("table", "wb-models", { "aria-labelledby": id }, element("thead", "", {}, element("tr", "", {}, ...heads)), body);
  const scroll = element("div", "wb-scroll", { tabindex: 0, role: "group", "aria-labelledby": id }, table);
  const update = keyed(body, (item) => modelRow(model, words, first, item));
  const node = element("div", "wb-server", { role: "group", "aria-labelledby": id }, head, problem, busy.node, scroll);
  const fetching = element("div", "wb-fetching");
  const works = keyed(fetching, (name) => work(model, words, () => name));
  if (first.manages) {
    const hint = element("span", "wb-hint", { id: `${id}-hint` }, words.fetch_hint);
    const wanted = field(words.fetch, { size: 26, "aria-describedby": hint.id, spellcheck: "false" });
    const fetchIt = () => {
      const name = wanted.input.value.trim();
      if (name) model.send({ do: "pull", name: `${first.name}/${name}` });
    };
    wanted.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") fetchIt();
    });
    const form = element("div", "wb-fetch", {}, wanted.node, button(words.fetch_button, fetchIt), hint);
    node.append(form, fetching);
  }
  return {
    node,
    update(server, running) {
      say(product, `${server.product} · ${server.address}`);
      say(problem, server.problem ? `✗ ${server.problem}` : "");
      problem.hidden = !server.problem;
      busy.update(server.gauges);
      scroll.hidden = server.models.length === 0;
      update(server.models, (item) => item.name, (row, item) => row.update(item, running));
      const own = new Set(server.models.map((item) => `${server.name}/${item.name}`));
      const others = Object.keys(running).filter((name) => name.startsWith(`${server.name}/`) && !own.has(name));
      works(others, (name) => name, (row, name) => row.show(running[name]));
    },
  };
}

function render({ model, el }) {
  const words = model.get("words");
  const memory = element("span", "wb-memory-text");
  const memoryMeter = meter(words.title);
  const said = element("p", "wb-said", { role: "status", "aria-live": "polite" });
  const empty = element("p", "wb-empty", { hidden: "" }, words.empty);
  const servers = element("div", "wb-servers");
  const root = outermost(
    "div", "wb-view wb-panel", model, { role: "group", "aria-label": words.title },
    element("div", "wb-header", {}, element("h2", "wb-title", {}, words.title), memory, memoryMeter.node),
    servers, empty, said,
  );
  const update = keyed(servers, (item) => serverPart(model, words, item));
  const show = () => {
    const state = model.get("state");
    if (!state.servers) return;
    say(memory, state.memory);
    memoryMeter.node.setAttribute("aria-label", state.memory);
    memoryMeter.show(state.memory_used);
    empty.hidden = state.servers.some((server) => server.name !== "embedded");
    const works = model.get("works");
    update(state.servers, (server) => `${server.name} ${server.manages}`, (part, server) => part.update(server, works));
  };
  const announce = () => say(said, model.get("said"));
  const seen = () => {
    if (document.visibilityState === "visible") model.send({ seen: true });
  };
  let timer = null;
  const leave = () => {
    clearInterval(timer);
    model.off("change:state", show);
    model.off("change:works", show);
    model.off("change:said", announce);
    model.off("comm_live_update", lost);
  };
  // What was seen last stays, with nothing in it that could be pressed.
  const lost = () => {
    leave();
    for (const node of root.querySelectorAll(".wb-actions, .wb-fetch, .wb-fetching")) node.remove();
    say(said, words.gone);
  };
  el.append(root);
  model.on("change:state", show);
  model.on("change:works", show);
  model.on("change:said", announce);
  show();
  announce();
  seen();
  timer = setInterval(seen, SEEN_EVERY);
  model.on("comm_live_update", lost);
  return leave;
}

export default { render, initialize: inPlace(render) };
