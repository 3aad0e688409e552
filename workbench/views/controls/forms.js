// Fields and what waits for a person: calls of tools, messages that nobody has heard, a person's turn.

function parsed(html) {
  const holder = document.createElement("template");
  holder.innerHTML = html;
  return holder.content;
}

function labelled(label, control) {
  control.id = `wb-control-${++numbers}`;
  control.classList.add("wb-input");
  return element("div", "wb-labelled", {}, element("label", "", { for: control.id }, label), control);
}

// Have a list offer these, the first of them chosen.
function offer(select, options) {
  select.replaceChildren(...options.map(([value, label]) => element("option", "", { value }, label)));
  select.selectedIndex = options.length ? 0 : -1;
  return select;
}

// Ctrl+Enter sends what was written, as does Enter where there is one line.
function sends(control, go) {
  control.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey || control.tagName === "INPUT")) return;
    event.preventDefault();
    go();
  });
}

// A button that opens fields; they stay open until what was sent has changed what they belong to, or Escape.
function opened(words, label, fields, goLabel, go) {
  const shut = () => {
    node.hidden = true;
    open.setAttribute("aria-expanded", "false");
    open.focus();
  };
  const open = button(label, () => {
    if (!node.hidden) return shut();
    node.hidden = false;
    open.setAttribute("aria-expanded", "true");
    controls.find((one) => one.offsetParent !== null)?.focus();
  }, { "aria-expanded": "false" });
  const node = element(
    "div", "wb-form", { hidden: "" }, ...fields,
    element("div", "wb-buttons", {}, button(goLabel, go, { class: "wb-button wb-main" }), button(words.cancel, shut)),
  );
  const controls = [...node.querySelectorAll(FIELDS)];
  controls.filter((one) => one.tagName !== "SELECT").forEach((one) => sends(one, go));
  node.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    shut();
  });
  return { open, node };
}

// The same with one field.
function opening(words, label, title, control, goLabel, send) {
  return opened(words, label, [labelled(title, control)], goLabel, () => send(control.value));
}

// A call of a tool that waits for a word.
function callNode(words, act, call) {
  const told = words.wants.replace("{who}", call.who);
  const send = (what, more) => act(what, { key: call.key, ...more });
  const edited = element("textarea", "", { rows: Math.min(8, call.editable.split("\n").length + 1), spellcheck: "false" });
  edited.value = call.editable;
  const edit = opening(words, words.edit_approve, words.arguments, edited, words.with_these, (text) =>
    send("approve", { arguments: text }));
  const reject = opening(words, words.reject, words.message, element("input", "", {}), words.reject, (text) =>
    send("reject", { text }));
  const rows = call.arguments.flatMap(([name, value]) => [
    element("dt", "", {}, name), element("dd", "", {}, element("pre", "wb-value", { dir: "auto" }, value))]);
  const given = rows.length
    ? element("dl", "wb-arguments", {}, ...rows) : element("div", "wb-quiet", {}, words.no_arguments);
  const node = element(
    "div", "wb-request wb-call", { role: "group", tabindex: "-1", "aria-label": `${told} ${call.tool}` },
    element("div", "wb-request-head", {}, `‖ ${told} `, element("strong", "", {}, call.tool)),
    element("div", "wb-quiet", {}, call.why ? `${words.why} ${call.why}` : ""), given,
    element("div", "wb-buttons", {},
      button(words.approve, () => send("approve", {}), { class: "wb-button wb-main" }), edit.open,
      button(words.always, () => send("approve", { always: true })), reject.open),
    edit.node, reject.node,
  );
  if (call.about) {
    node.insertBefore(
      element("details", "", {}, element("summary", "", {}, words.about), element("pre", "wb-value", {}, call.about)),
      given.nextSibling);
  }
  return { node };
}

// A message that nobody has heard.
function heldNode(words, act, held, members) {
  const told = words.held.replace("{who}", held.who);
  const own = { member: held.member };
  const text = element("textarea", "", { rows: 4 });
  text.value = held.text;
  const others = members.filter(([name]) => name !== held.member);
  const edit = opening(words, words.edit, words.other_text, text, words.save, (said) => act("edit", { ...own, text: said }));
  const redirect = opening(words, words.redirect, words.to, offer(element("select", ""), others), words.redirect, (to) =>
    act("redirect", { ...own, to }));
  const to = held.to ? words.heard_by.replace("{to}", held.to) : words.heard_by_none;
  const deliver = button(words.send_on, () => act("deliver"), { class: "wb-button wb-main" });
  const drop = button(words.drop, () => act("drop", own));
  drop.hidden = !held.to;
  redirect.open.hidden = others.length === 0;
  const node = element(
    "div", "wb-request wb-held", { role: "group", tabindex: "-1", "aria-label": told },
    element("div", "wb-request-head", {}, `✉ ${told}`),
    element("pre", "wb-value wb-message", { dir: "auto", tabindex: "0", role: "group", "aria-label": told }, held.text),
    element("div", "wb-quiet", {}, to),
    element("div", "wb-buttons", {}, deliver, edit.open, redirect.open, drop), edit.node, redirect.node,
  );
  return { node, deliver };
}

// A person's turn.
function personNode(words, act, who) {
  const text = element("textarea", "", { rows: 3 });
  const go = () => act("answer", { text: text.value });
  sends(text, go);
  const told = words.person.replace("{who}", who);
  const node = element(
    "div", "wb-request wb-person", { role: "group", tabindex: "-1", "aria-label": told },
    element("div", "wb-request-head", {}, `‖ ${told}`), labelled(words.answer_field, text),
    element("div", "wb-buttons", {}, button(words.answer, go, { class: "wb-button wb-main" })),
  );
  return { node };
}
