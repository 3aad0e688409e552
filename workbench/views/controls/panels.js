// The parts below the turns.

// One turn: what was asked in it, and going back to it.
function turnPanel(words, act) {
  const panel = element("div", "wb-part-panel", {}, element("p", "wb-empty", {}, words.choose));
  return {
    panel,
    show(number, html, may) {
      const fork = forkForm(words, may, (changes) => act("fork", { turn: number, ...changes }));
      const rewind = button(words.rewind, () => act("rewind", { turn: number }), { title: words.rewind_why });
      panel.replaceChildren(element("div", "wb-buttons", {}, rewind, fork.open), fork.node, parsed(html));
    },
    clear: () => panel.replaceChildren(element("p", "wb-empty", {}, words.choose)),
    isOpen: () => panel.querySelector(".wb-form:not([hidden])") !== null,
  };
}

function branchesPanel(words, act) {
  const list = element("div", "wb-buttons", { role: "group", "aria-label": words.branches_head });
  const update = keyed(list, ([name, change]) => {
    const node = button(change ? `${name} · ${change}` : name, () => act("branch", { name }));
    return { node };
  });
  const tree = element("div", "");
  return {
    panel: element("div", "wb-part-panel", {}, element("div", "wb-quiet", {}, words.branches_head), list, tree),
    list: (branches) => update(branches, ([name]) => name, ({ node }, [, , isShown]) =>
      node.setAttribute("aria-pressed", String(isShown))),
    tree: (html) => tree.replaceChildren(parsed(html)),
  };
}

function sayPanel(words, act) {
  const text = element("textarea", "", { rows: 3 });
  const [to, next] = [element("select", ""), element("select", "")];
  const go = () => act("send", { text: text.value, to: to.value });
  sends(text, go);
  const lets = button(words.let_go, () => act("let", { to: next.value }));
  const panel = element(
    "div", "wb-part-panel", {}, labelled(words.say_text, text), labelled(words.to, to),
    element("div", "wb-buttons", {}, button(words.send, go, { class: "wb-button wb-main" })),
    element("div", "wb-line", {}, labelled(words.let, next), lets),
  );
  let known = "";
  return {
    panel,
    show(members, speaks) {
      if (known !== String(members)) {
        known = String(members);
        offer(to, [["", words.all], ...members]);
        offer(next, members);
      }
      lets.disabled = !speaks;
    },
    sent: () => { text.value = ""; },
  };
}

function limitsPanel(words, act) {
  const fields = element("div", "wb-line", {});
  const known = new Map();
  const why = element("input", "", {});
  const go = () => act("limit", {
    limits: Object.fromEntries(
      [...known].map(([name, { input }]) => [name, input.value === "" ? null : Number(input.value)])),
    why: why.value,
  });
  sends(why, go);
  const rights = element("ul", "wb-rights", {});
  const none = element("p", "wb-empty", {}, words.no_rights);
  const head = (text) => element("h4", "wb-head", {}, text);
  return {
    panel: element(
      "div", "wb-part-panel", {}, head(words.limits_head), fields, labelled(words.limits_why, why),
      element("div", "wb-buttons", {}, button(words.limits_set, go, { class: "wb-button wb-main" })),
      head(words.rights_head), rights, none,
    ),
    limits(items) {
      for (const { name, limit, spent } of items) {
        if (!known.has(name)) {
          const input = element("input", "", { type: "number", min: "0", step: name === "seconds" ? "any" : "1" });
          const used = element("span", "wb-quiet", {});
          sends(input, go);
          known.set(name, { input, used, limit: undefined });
          fields.append(element("div", "wb-limit", {}, labelled(words[`limit_${name}`], input), used));
        }
        const one = known.get(name);
        say(one.used, words.used.replace("{n}", spent.toLocaleString()));
        if (one.limit !== limit) one.input.value = limit ?? "";
        one.limit = limit;
      }
    },
    rights(items) {
      none.hidden = items.length > 0;
      rights.replaceChildren(...items.map(([who, tool]) => element(
        "li", "", {}, `${words.may_call.replace("{who}", who)} `, element("strong", "", {}, tool), " ",
        button(words.revoke, () => act("revoke", { tool }), { "aria-label": `${words.revoke}: ${who}, ${tool}` }))));
    },
  };
}
