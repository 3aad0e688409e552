// The form of a branch: what is said in its turn instead, and whose model, system message or result of a tool is another.

const EVERYBODY = "*";

// A list of what can be another, and the field for the other one, which is there once something is chosen.
function choice(words, kind, items, field, chosen) {
  const select = offer(element("select", ""), [["", words.as_is], ...items.map(([name, shown]) => [name, shown])]);
  const other = labelled(words[`fork_${kind}`], field);
  const choose = () => {
    other.hidden = !select.value;
    chosen(items.find(([name]) => name === select.value)?.[2] ?? "");
  };
  select.addEventListener("change", choose);
  choose();
  const node = element("div", "wb-change", {}, labelled(words[`fork_${kind}_of`], select), other);
  node.hidden = items.length === 0;
  return { node, select, told: () => (select.value ? { [`${kind}_of`]: select.value, [kind]: field.value } : {}) };
}

function forkForm(words, may, send) {
  const text = element("textarea", "", { rows: 4 });
  text.value = may.said;
  const said = labelled(words.fork_text, text);
  const names = element("datalist", "", { id: `wb-models-${++numbers}` }, ...may.names.map((value) => element("option", "", { value })));
  const input = element("input", "", { list: names.id, autocomplete: "off", spellcheck: "false" });
  const asking = may.models.length > 1 ? [[EVERYBODY, words.all, ""], ...may.models] : may.models;
  const model = choice(words, "model", asking, input, (now) => { input.placeholder = now; });
  const written = () => {
    const area = element("textarea", "", { rows: 4 });
    return [area, (now) => { area.value = now; }];
  };
  const system = choice(words, "system", may.systems, ...written());
  const result = choice(words, "result", may.results, ...written());
  // With another result the turn is taken again, and what is said in it follows from that.
  const takenAgain = () => { said.hidden = !may.said || result.select.value !== ""; };
  result.select.addEventListener("change", takenAgain);
  takenAgain();
  return opened(words, words.fork, [said, result.node, system.node, model.node, names], words.fork_go, () => send({
    ...(said.hidden ? {} : { text: text.value }), ...model.told(), ...system.told(), ...result.told(),
  }));
}
